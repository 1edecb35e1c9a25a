#!/usr/bin/env bash
# A screen, and the Grid with one browser. Of the official image's many variables these are known:
# SE_NODE_MAX_SESSIONS with SE_NODE_OVERRIDE_MAX_SESSIONS, SE_NODE_SESSION_TIMEOUT, SE_SCREEN_WIDTH
# and _HEIGHT. https://github.com/SeleniumHQ/docker-selenium/blob/trunk/README.md
set -euo pipefail

case $SE_BROWSER in
    chrome)
        driver=/usr/bin/chromedriver
        options='"goog:chromeOptions": {"binary": "/usr/bin/chromium"}'
        version=$(dpkg-query --show --showformat='${Version}' chromium)
        ;;
    firefox)
        driver=/usr/bin/geckodriver
        options='"moz:firefoxOptions": {"binary": "/usr/bin/firefox-esr"}'
        version=$(dpkg-query --show --showformat='${Version}' firefox-esr)
        ;;
esac
config=$(mktemp --suffix=.toml)
cat >"$config" <<END
[node]
detect-drivers = false
max-sessions = $SE_NODE_MAX_SESSIONS
override-max-sessions = $SE_NODE_OVERRIDE_MAX_SESSIONS
session-timeout = $SE_NODE_SESSION_TIMEOUT

[[node.driver-configuration]]
display-name = "$SE_BROWSER"
webdriver-executable = "$driver"
max-sessions = $SE_NODE_MAX_SESSIONS
stereotype = '{"browserName": "$SE_BROWSER", "browserVersion": "${version%%[^0-9.]*}", "platformName": "linux", $options}'
END

# The lock of an earlier run, where the container is only started again.
rm -f "/tmp/.X${DISPLAY#:}-lock"
Xvfb "$DISPLAY" -screen 0 "${SE_SCREEN_WIDTH}x${SE_SCREEN_HEIGHT}x24" -nolisten tcp &
# Up sooner, and small: what it does is little.
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx512m -cp '/opt/selenium/libs/*' \
    org.openqa.selenium.grid.Bootstrap standalone --config "$config"

"""The page, as a person uses it."""

from __future__ import annotations

from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions as shown
from selenium.webdriver.support.wait import WebDriverWait


def _order(browser, sku: str, quantity: int) -> None:
    for name, value in (("sku", sku), ("quantity", str(quantity))):
        field = browser.find_element(By.ID, name)
        field.clear()
        field.send_keys(value)
    browser.find_element(By.ID, "place-order").click()


def _wait_for(browser, name: str):
    found = shown.visibility_of_element_located((By.ID, name))
    return WebDriverWait(browser, 10).until(found)


def test_a_person_places_an_order_and_sees_it(browser, page_url):
    browser.get(page_url)
    assert browser.title == "Orders"
    assert _wait_for(browser, "no-orders").text == "No orders yet."

    _order(browser, "tea", 2)

    row = _wait_for(browser, "order-1").text
    assert "Green tea" in row
    assert "9.00 EUR" in row


def test_a_person_is_told_why_an_order_was_refused(browser, page_url):
    browser.get(page_url)

    _order(browser, "gold", 1)

    assert "there is no product" in _wait_for(browser, "error").text
    assert browser.find_element(By.ID, "sku").get_attribute("value") == "gold"


def test_the_browser_itself_refuses_a_quantity_of_none(browser, page_url):
    browser.get(page_url)

    _order(browser, "tea", 0)

    assert not browser.find_element(By.ID, "quantity").get_property("validity")["valid"]
    assert browser.find_elements(By.ID, "orders") == []

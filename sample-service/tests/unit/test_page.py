from __future__ import annotations


def test_the_page_has_a_form_and_says_that_there_is_nothing_yet(client):
    page = client.get("/").text

    for name in ("order-form", "sku", "quantity", "place-order", "no-orders"):
        assert f'id="{name}"' in page


def test_an_order_from_the_page_is_in_its_table(client):
    answer = client.post("/", data={"sku": "tea", "quantity": "2"})

    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "Green tea" in page
    assert "9.00 CHF" in page


def test_what_was_refused_stays_in_the_form_and_is_text(client):
    answer = client.post("/", data={"sku": "<b>gold</b>", "quantity": "2"})

    assert answer.status_code == 404
    assert 'role="alert"' in answer.text
    assert "<b>gold" not in answer.text
    assert "&lt;b&gt;gold" in answer.text

def test_a() -> None:
    pass


def test_b() -> None:
    pass

"""`./test`."""


def test(arguments: list[str]) -> int:
    raise NotImplementedError

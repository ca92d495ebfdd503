"""Times as people read them."""


def clock(seconds: float) -> str:
    """Minutes and seconds: `7:05`, `61:40`."""
    whole = round(abs(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def gap(seconds: float) -> str:
    """The same with its sign, as a difference: `+1:10`, `-0:05`; `0:00` where there is none."""
    sign = "" if not round(seconds) else "+" if seconds > 0 else "-"
    return sign + clock(seconds)

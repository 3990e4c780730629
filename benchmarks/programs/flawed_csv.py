"""Write lineitem with flaws in one row of a thousand: the same bytes every time. Called with: SOURCE OUTPUT.

The flaws are those that the rules of rules.py find: a missing part, a row delivered twice, a code in small letters,
a quantity out of bounds, an unknown flag, and two of these at once. A second delivery comes far behind the first,
where no reader can still have that in its hands, and is the same row, so that it does not matter which is rejected.
"""

import sys
from collections import deque

EVERY = 1000
LATER = 100_000
PART, QUANTITY, FLAG, INSTRUCTION = 1, 4, 8, 13


def flawed(number: int, line: str) -> str:
    """Give the line with the flaw that its number chooses; a row to be delivered twice has none itself."""
    fields = line.split(",", 15)  # the last one, the comment, is the only one with commas and quotes
    match number // EVERY % 6:
        case 0:
            fields[PART] = ""
        case 2:
            fields[INSTRUCTION] = fields[INSTRUCTION].lower()
        case 3:
            fields[QUANTITY] = "50.01"
        case 4:
            fields[FLAG] = "X"
        case 5:
            fields[QUANTITY], fields[FLAG] = "0.00", "?"
    return ",".join(fields)


def main(source: str, output: str) -> None:
    """Write the header, every row and the second deliveries; what is still to be delivered comes at the end."""
    waiting: deque[tuple[int, str]] = deque()
    with open(source, encoding="utf-8", newline="") as rows, open(output, "w", encoding="utf-8", newline="") as out:
        out.write(next(rows))
        for number, line in enumerate(rows):
            if number % EVERY == EVERY // 2:
                if number // EVERY % 6 == 1:
                    waiting.append((number + LATER, line))
                else:
                    line = flawed(number, line)
            out.write(line)
            if waiting and waiting[0][0] <= number:
                out.write(waiting.popleft()[1])
        out.writelines(line for _, line in waiting)


if __name__ == "__main__":
    main(*sys.argv[1:])

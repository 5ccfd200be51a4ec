"""Checks that each execution that was published was watched, and each change of it once and in order.

    check_examples.py PUBLISHED WATCHED COUNT
"""

import sys


def main():
    published, watched, count = sys.argv[1:]
    with open(published) as lines:
        ids = [line.removesuffix(" is stored\n") for line in lines]
    assert len(set(ids)) == len(ids) == int(count), ids
    revisions = {}
    with open(watched) as lines:
        for line in list(lines)[1:]:
            id, revision, status = line.split()
            revisions.setdefault(id, []).append((int(revision), status))
    assert revisions.keys() == set(ids), (revisions, ids)
    for id, changes in revisions.items():
        numbers = [revision for revision, _ in changes]
        assert numbers == sorted(set(numbers)), (id, changes)
        assert changes[-1][1] == "EXECUTION_STATUS_COMPLETED", (id, changes)
    print("python: the examples published and watched over a restart")


if __name__ == "__main__":
    main()

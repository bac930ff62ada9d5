"""Runs LeakDetector of the Leaky Forms study over the requests of a HAR.

    leakdetector.py FOLDER HAR NEEDLES COUNT

FOLDER holds LeakDetector.py, in a Python that has what it imports. It looks for the first COUNT
lines of NEEDLES with the encodings and hashes that its authors call likely, three layers deep, in
the URL, cookies, referrer and body of every request, and prints how many requests told any.
"""

import json
import sys


def parts(request):
    """What of a request its checks take: the name of the check, and the text."""
    headers = {header["name"].lower(): header["value"] for header in request["headers"]}
    yield "check_url", request["url"]
    yield "check_cookie_str", headers.get("cookie", "")
    yield "check_referrer_str", headers.get("referer", "")
    yield "check_post_data", request.get("postData", {}).get("text", "")


def main(folder, har, needles, count):
    sys.path.insert(0, folder)
    import LeakDetector as study

    with open(needles, encoding="utf-8") as lines:
        seeds = lines.read().split("\n")[: int(count)]
    detector = study.LeakDetector(
        [seed for seed in seeds if seed],
        encoding_set=study.LIKELY_ENCODINGS,
        hash_set=study.LIKELY_HASHES,
        encoding_layers=3,
        hash_layers=3,
    )
    with open(har, encoding="utf-8") as text:
        entries = json.load(text)["log"]["entries"]
    told = 0
    for entry in entries:
        checks = [getattr(detector, check)(text) for check, text in parts(entry["request"]) if text]
        told += any(checks)
    print(f"{told} of {len(entries)} requests told a seed")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])

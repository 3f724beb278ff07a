"""Look at every image once, before any heavy job, and name all that cannot be used."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

from limelight.machinery.joblog import job_log
from limelight.network.photographs import check
from limelight.study.errors import LimelightError
from limelight.study.files import atomic, file_size

IMAGES = ("image", "path", "label", "mask", "width", "height", "sha256")
SKIPPED = ("image", "path", "reason")


def write_table(path, header, rows):
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    with atomic(path) as file:
        file.write(text.getvalue().encode())


def main(images, unreadable, threads, log):
    files = [path for _, path, _, mask in images for path in (path, mask) if path]
    with ThreadPoolExecutor(threads) as pool:
        found = dict(zip(files, pool.map(check, files), strict=True))
    good, bad = [], []
    for name, path, label, mask in images:
        reasons = [found[file].reason for file in (path, mask) if file and found[file].reason]
        if reasons:
            bad.append((name, path, "; ".join(reasons)))
        else:
            image = found[path]
            good.append((name, path, label or "", mask or "", image.width, image.height, image.sha256))
    known = good if unreadable == "stop" else [*good, *bad]
    write_table(snakemake.params.checked, ("path", "bytes"), [(path, file_size(path)) for _, path, *_ in known])
    log.info("%d images can be used, %d cannot", len(good), len(bad))
    if not good or (bad and unreadable == "stop"):
        listed = "".join(f"\n  {reason}" for *_, reason in bad)
        raise LimelightError(
            f"{len(bad)} of {len(images)} images cannot be used; mend or remove them, "
            f"or go on without them by `images: {{unreadable: skip}}`:{listed}"
        )
    write_table(snakemake.output.images, IMAGES, good)
    write_table(snakemake.output.skipped, SKIPPED, bad)


if __name__ == "__main__":
    with job_log(snakemake.log[0]) as log:
        main(snakemake.params.images, snakemake.params.unreadable, snakemake.threads, log)

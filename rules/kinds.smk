# One rule of each kind. The rules of the capabilities inherit from them: `use rule compute_units as ... with:`. Nothing
# asks for these themselves.


# Asks the store, computes what is missing, and writes an array file.
rule compute_units:
    log:
        "<logs>/compute_units.log",
    conda:
        "../environment.yml"
    threads: 1
    script:
        "../scripts/compute.py"


# Reads arrays and tables, and draws a figure.
rule draw_figure:
    log:
        "<logs>/draw_figure.log",
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=costs.DECODING_MB + 1000,
        runtime=10,
    script:
        "../scripts/draw.py"


# Reads arrays, and writes tables.
rule summarise_arrays:
    log:
        "<logs>/summarise_arrays.log",
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=costs.DECODING_MB + 1000,
        runtime=20,
    script:
        "../scripts/summarise.py"


# Reads arrays, and makes pictures and data for the gallery.
rule draw_exhibit:
    log:
        "<logs>/draw_exhibit.log",
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=costs.DECODING_MB + 2500,
        runtime=30,
    script:
        "../scripts/draw_exhibit.py"

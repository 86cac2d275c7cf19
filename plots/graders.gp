# Score of both models, and the gap between them, under every grader.
# gnuplot -c graders.gp NAME "png svg pdf"      reads NAME.dat, writes NAME.png ...
NAME = ARG1; FORMATS = ARG2; HERE = ARG0
while (strlen(HERE) > 0 && HERE[strlen(HERE):] ne "/") { HERE = HERE[:strlen(HERE)-1] }
load HERE."style.gp"

stats DATA index 0 using (TITLE = strcol("title"), SUBTITLE = strcol("subtitle"), \
    XLABEL = strcol("xlabel"), FULL = column("full"), \
    ROWS = int(column("rows")), COLUMNS = column("columns"), 0) nooutput

LEFT = 24 + COLUMN*COLUMNS
PLOT = 430
WIDTH = LEFT + PLOT + 90
if (WIDTH < 790) { PLOT = 790 - LEFT - 90; WIDTH = 790 }
TOP = 86.0
HEIGHT = (ROWS + 0.9)*42 + TOP + BOTTOM
eval margins

set xlabel XLABEL noenhanced
set xrange [0:1.1*FULL]
set xtics FULL/5
set yrange [0.5:ROWS + 0.9]
set y2range [0.5:ROWS + 0.9]
set ytics scale 0
set y2tics scale 0 offset 0.5,0
set label 3 "gap" at graph 1, first ROWS + 0.65 left offset 1.6,0 textcolor "#404040"
unset grid
set grid x lt FRAME lc rgb "#dcdcdc" lw 0.6 dt solid
set border 1 lt FRAME
set key at screen 6.0/WIDTH, screen 1-52.0/HEIGHT left top Left reverse horizontal noenhanced samplen 1.5 width 2
set style fill solid 1 border lc rgb BLUE

do for [format in FORMATS] {
    eval terminal(format)
    plot DATA index 1 using "strong":"row":(0):"strong":(column("row") + 0.02):(column("row") + 0.36) with boxxyerror lc rgb BLUE dt solid notitle, \
        "" index 1 using "weak":"row":(0):"weak":(column("row") - 0.36):(column("row") - 0.02) with boxxyerror lc rgb PALE dt solid notitle, \
        "" index 1 using (0):"row":yticlabels(stringcolumn("grader")):y2ticlabels(stringcolumn("gap")) with points pt 0 lc rgb BLUE notitle, \
        "" index 0 using (0):(0.5):(0):(ROWS + 0.4) with vectors nohead lt FRAME notitle, \
        "" index 1 using "strong":(column("row") + 0.19):"strong_value" with labels left offset 0.5,0 notitle, \
        "" index 1 using "weak":(column("row") - 0.19):"weak_value" with labels left offset 0.5,0 notitle, \
        keyentry with boxes lc rgb BLUE dt solid title "strong model", \
        keyentry with boxes lc rgb PALE dt solid title "weak model"
    unset output
}

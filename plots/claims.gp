# What was found, as a deviation from what was published, with the range that is possible.
# gnuplot -c claims.gp NAME "png svg pdf"      reads NAME.dat, writes NAME.png ...
NAME = ARG1; FORMATS = ARG2; HERE = ARG0
while (strlen(HERE) > 0 && HERE[strlen(HERE):] ne "/") { HERE = HERE[:strlen(HERE)-1] }
load HERE."style.gp"

stats DATA index 0 using (TITLE = strcol("title"), SUBTITLE = strcol("subtitle"), \
    EDGE = column("edge"), ROWS = int(column("rows")), COLUMNS = column("columns"), 0) nooutput

LEFT = 24 + COLUMN*COLUMNS
PLOT = 400
WIDTH = LEFT + PLOT + 170
TOP = 86.0
HEIGHT = (ROWS + 2)*17 + TOP + BOTTOM
eval margins

set xlabel "Found less published (% of the published value)"
set xrange [-1.08*EDGE:1.08*EDGE]
set xtics EDGE/4
set yrange [0.3:ROWS + 2]
set y2range [0.3:ROWS + 2]
set ytics scale 0
set y2tics scale 0 offset 0.5,0
set label 3 "published / found" at graph 1, first ROWS + 1.3 left offset 1.2,0 textcolor "#404040"
unset grid
set grid x lt FRAME lc rgb "#dcdcdc" lw 0.6 dt solid
set border 1 lt FRAME
set key at screen 6.0/WIDTH, screen 1-52.0/HEIGHT left top Left reverse horizontal noenhanced samplen 1 width 2
of(k) = column("kind") == k ? column("deviation") : NaN
beyond(side) = column("off") == side ? side*1.04*EDGE : NaN
array NAMES[4] = ["reproduced", "consistent", "contradicted", "inconsistent"]
array COLOUR[4] = [BLUE, "#009E73", RED, "#000000"]
array MARK[4] = [7, 6, 5, 9]

do for [format in FORMATS] {
    eval terminal(format)
    plot DATA index 1 using (0):"row":yticlabels(stringcolumn("claim")):y2ticlabels(stringcolumn("values")) with points pt 0 lc rgb BLUE notitle, \
        "" index 0 using (0):(0.3):(0):(ROWS + 1) with vectors nohead lt FRAME notitle, \
        for [k=1:4] "" index 1 using (of(k-1)):"row":"low":"high" with xerrorbars lc rgb COLOUR[k] lw 1.2 dt solid pt MARK[k] ps 0.75 title NAMES[k], \
        for [side in "-1 1"] "" index 1 using (beyond(side+0)):"row":(side > 0 ? ">" : "<") with labels center notitle
    unset output
}

# Gap between the strong and the weak model in every category, largest first.
# gnuplot -c categories.gp NAME "png svg pdf"      reads NAME.dat, writes NAME.png ...
NAME = ARG1; FORMATS = ARG2; HERE = ARG0
while (strlen(HERE) > 0 && HERE[strlen(HERE):] ne "/") { HERE = HERE[:strlen(HERE)-1] }
load HERE."style.gp"

stats DATA index 0 using (TITLE = strcol("title"), SUBTITLE = strcol("subtitle"), \
    XLABEL = strcol("xlabel"), LOW = column("low"), HIGH = column("high"), \
    ROWS = int(column("rows")), COLUMNS = column("columns"), 0) nooutput

LEFT = 24 + COLUMN*COLUMNS
PLOT = 430
WIDTH = LEFT + PLOT + 70
if (WIDTH < 790) { PLOT = 790 - LEFT - 70; WIDTH = 790 }
HEIGHT = (ROWS + 2.7)*17 + TOP + BOTTOM
SPAN = HIGH > LOW ? HIGH - LOW : 1
HALF = 0.36
eval margins

set xlabel XLABEL noenhanced
set xrange [(LOW < 0 ? LOW - 0.13*SPAN : 0):HIGH + 0.13*SPAN]
set yrange [0.3:ROWS + 3]
set y2range [0.3:ROWS + 3]
set ytics scale 0
set y2tics scale 0 offset 0.5,0
set label 3 "items" at graph 1, first ROWS + 2.3 left offset 1.2,0 textcolor "#404040"
unset grid
set grid x lt FRAME lc rgb "#dcdcdc" lw 0.6 dt solid
set border 1 lt FRAME
unset key
set style fill solid 1 noborder
gap(k) = column("kind") == k ? column("gap") : NaN

do for [format in FORMATS] {
    eval terminal(format)
    plot DATA index 1 using (gap(0)):"row":(0):"gap":(column("row") - HALF):(column("row") + HALF) with boxxyerror lc rgb BLUE, \
        "" index 1 using (gap(1)):"row":(0):"gap":(column("row") - HALF):(column("row") + HALF) with boxxyerror lc rgb RED, \
        "" index 1 using (gap(2)):"row":(0):"gap":(column("row") - HALF):(column("row") + HALF) with boxxyerror lc rgb GREY, \
        "" index 1 using (0):"row":yticlabels(stringcolumn("category")):y2ticlabels(stringcolumn("items")) with points pt 0 lc rgb BLUE, \
        "" index 0 using (0):(0.3):(0):(ROWS + 2) with vectors nohead lt FRAME, \
        "" index 1 using (column("gap") >= 0 ? column("gap") : NaN):"row":"value" with labels left offset 0.5,0, \
        "" index 1 using (column("gap") < 0 ? column("gap") : NaN):"row":"value" with labels right offset -0.5,0, \
        "" index 1 using (column("kind") == 3 ? 0 : NaN):"row":"value" with labels left offset 0.5,0
    unset output
}

# What a million requests cost each router, ours and published, in dollars.
# gnuplot -c overhead.gp NAME "png svg pdf"      reads NAME.dat, writes NAME.png ...
NAME = ARG1; FORMATS = ARG2; HERE = ARG0
while (strlen(HERE) > 0 && HERE[strlen(HERE):] ne "/") { HERE = HERE[:strlen(HERE)-1] }
load HERE."style.gp"

stats DATA index 0 using (TITLE = strcol("title"), SUBTITLE = strcol("subtitle"), \
    LOW = column("low"), HIGH = column("high"), STRONG = column("strong"), \
    ROWS = int(column("rows")), COLUMNS = column("columns"), 0) nooutput

LEFT = 24 + COLUMN*COLUMNS
PLOT = 430
WIDTH = LEFT + PLOT + 120
if (WIDTH < 790) { PLOT = 790 - LEFT - 120; WIDTH = 790 }
TOP = 98.0
HEIGHT = (ROWS + 1)*24 + TOP + BOTTOM
eval margins

set xlabel "Dollars per million requests (log scale)"
set logscale x
set xrange [LOW:HIGH]
set format x "%g"
set yrange [0.3:ROWS + 1]
set y2range [0.3:ROWS + 1]
set ytics scale 0
set y2tics scale 0 offset 0.5,0
unset grid
set grid x lt FRAME lc rgb "#dcdcdc" lw 0.6 dt solid
set border 1 lt FRAME
set label 3 "requests/s" at graph 1, first ROWS + 0.75 left offset 1.2,0 textcolor "#404040"
set key at screen 6.0/WIDTH, screen 1-52.0/HEIGHT left top Left reverse vertical maxrows 2 noenhanced samplen 1 width 2

do for [format in FORMATS] {
    eval terminal(format)
    plot DATA index 1 using (LOW):"row":yticlabels(stringcolumn("router")):y2ticlabels(stringcolumn("requests_per_s")) with points pt 0 lc rgb BLUE notitle, \
        "" index 0 using (STRONG):(0.3):(0):(ROWS + 0.5) with vectors nohead lt RANDOM notitle, \
        "" index 1 using "batch":"row":"batch_low":"batch_high" with xerrorbars lc rgb BLUE lw 1.4 dt solid pt 7 ps 0.8 title "in batches", \
        "" index 1 using "single":"row" with points lc rgb "#009E73" pt 6 ps 0.8 title "one at a time", \
        "" index 1 using "together":"row" with points lc rgb "#000000" pt 2 ps 0.7 title "with embeddings", \
        "" index 1 using "stored":"row" with points lc rgb "#CC79A7" pt 9 ps 0.9 title "stored calls", \
        "" index 1 using "published":"row" with points lc rgb RED pt 5 ps 0.7 title "published", \
        keyentry with lines lt RANDOM title "strong model"
    unset output
}

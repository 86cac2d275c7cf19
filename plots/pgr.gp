# Share of the gap between the models that each router recovers, against strong calls.
# gnuplot -c pgr.gp NAME "png svg pdf"      reads NAME.dat, writes NAME.png ...
NAME = ARG1; FORMATS = ARG2; HERE = ARG0
while (strlen(HERE) > 0 && HERE[strlen(HERE):] ne "/") { HERE = HERE[:strlen(HERE)-1] }
load HERE."style.gp"

stats DATA index 0 using (TITLE = strcol("title"), SUBTITLE = strcol("subtitle"), \
    YMIN = column("ymin"), YMAX = column("ymax"), ROUTERS = int(column("routers")), COLUMNS = column("columns"), 0) nooutput
array STYLE[ROUTERS + 1]
array LEGEND[ROUTERS + 1]
stats DATA index 1 using (STYLE[int(column("number"))] = column("style"), LEGEND[int(column("number"))] = strcol("legend"), 0) nooutput
lt(i) = STYLE[i] > 0 ? int(STYLE[i]-1)%70+1 : BOUND

ROWS = ROUTERS + 2
LEFT = 78
PLOT = 470
WIDTH = LEFT + PLOT + 98 + 68 + COLUMN*COLUMNS
if (WIDTH < 790) { WIDTH = 790 }
HEIGHT = 480
if (ROWS*18.5 + TOP + 40 > HEIGHT) { HEIGHT = ROWS*18.5 + TOP + 40 }
if (HEIGHT > 600) { BOTTOM = BOTTOM + HEIGHT - 600 }   # the legend may be longer than the drawing
eval margins
eval legend

set xlabel "Calls of the strong model (%)"
set ylabel "Performance gap recovered, PGR (%)"
set xrange [0:100]
set yrange [YMIN:YMAX]
set y2range [YMIN:YMAX]
set xtics 20
set ytics 20
set y2tics ("target 50" 50, "target 80" 80) scale 0

do for [format in FORMATS] {
    eval terminal(format)
    plot for [target in "50 80"] DATA index 0 using (0):(target+0):(100):(0) with vectors nohead lt LEVEL notitle, \
        "" index 0 using (0):(0):(100):(100) with vectors nohead lt RANDOM notitle, \
        for [i=1:ROUTERS] "" index i+1 using "strong_calls":"y" with lines lt lt(i) notitle, \
        for [i=1:ROUTERS] "" index i+1 using "strong_calls":"marker" with points lt lt(i) notitle, \
        for [i=1:ROUTERS] keyentry with linespoints lt lt(i) title LEGEND[i], \
        keyentry with lines lt RANDOM title "random, expected (0.500)"
    unset output
}

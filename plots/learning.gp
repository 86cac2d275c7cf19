# APGR against the number of gold labels that a router was given, with intervals.
# gnuplot -c learning.gp NAME "png svg pdf"      reads NAME.dat, writes NAME.png ...
NAME = ARG1; FORMATS = ARG2; HERE = ARG0
while (strlen(HERE) > 0 && HERE[strlen(HERE):] ne "/") { HERE = HERE[:strlen(HERE)-1] }
load HERE."style.gp"

stats DATA index 0 using (TITLE = strcol("title"), SUBTITLE = strcol("subtitle"), \
    LOW = column("low"), HIGH = column("high"), MOST = column("most"), \
    ROUTERS = int(column("routers")), COLUMNS = column("columns"), 0) nooutput
array LEGEND[ROUTERS]
stats DATA index 1 using (LEGEND[int(column("number"))] = strcol("legend"), 0) nooutput

ROWS = ROUTERS + 2
LEFT = 78
PLOT = 470
WIDTH = LEFT + PLOT + 98 + 68 + COLUMN*COLUMNS
if (WIDTH < 790) { WIDTH = 790 }
HEIGHT = 480
if (ROWS*18.5 + TOP + 40 > HEIGHT) { HEIGHT = ROWS*18.5 + TOP + 40 }
if (HEIGHT > 600) { BOTTOM = BOTTOM + HEIGHT - 600 }
eval margins
eval legend

# beside each other, not over each other: routers have the same numbers of labels
SHIFT(i) = ROUTERS > 1 ? 0.016*MOST*((i - 1.0)/(ROUTERS - 1) - 0.5) : 0
set xlabel "Gold labels"
set ylabel "APGR"
set xrange [-0.03*MOST:1.03*MOST]
set yrange [0.02*floor(50*LOW):0.02*ceil(50*HIGH)]
set format y "%.2f"

do for [format in FORMATS] {
    eval terminal(format)
    plot 0.5 with lines lt RANDOM notitle, \
        for [i=1:ROUTERS] DATA index i+1 using (column("labels") + SHIFT(i)):"apgr":"lo":"hi" with yerrorbars lt (i-1)%70+1 dt solid lw 0.9 pt 0 notitle, \
        for [i=1:ROUTERS] DATA index i+1 using (column("labels") + SHIFT(i)):"apgr" with linespoints lt (i-1)%70+1 title LEGEND[i], \
        keyentry with lines lt RANDOM title "random router"
    unset output
}

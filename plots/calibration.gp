# Mean score of a tenth of the items, against the share of them that needed the strong model.
# gnuplot -c calibration.gp NAME "png svg pdf"      reads NAME.dat, writes NAME.png ...
NAME = ARG1; FORMATS = ARG2; HERE = ARG0
while (strlen(HERE) > 0 && HERE[strlen(HERE):] ne "/") { HERE = HERE[:strlen(HERE)-1] }
load HERE."style.gp"

stats DATA index 0 using (TITLE = strcol("title"), SUBTITLE = strcol("subtitle"), \
    HIGHEST = column("highest"), ROUTERS = int(column("routers")), COLUMNS = column("columns"), 0) nooutput
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
YMAX = 20*ceil((HIGHEST + 1)/20)
if (YMAX > 100) { YMAX = 104 }
eval margins
eval legend
set key title 'Router (ROC AUC)' left

set xlabel "Score of the router: win rate it predicts (%)"
set ylabel "Items that needed the strong model (%)"
set xrange [0:100]
set yrange [0:YMAX]
set xtics 20
set ytics YMAX > 40 ? 20 : 10

do for [format in FORMATS] {
    eval terminal(format)
    plot "+" using (0):(0):(YMAX < 100 ? YMAX : 100):(YMAX < 100 ? YMAX : 100) every ::0::0 with vectors nohead lt RANDOM notitle, \
        for [i=1:ROUTERS] DATA index i+1 using "score":"needed" with linespoints lt (i-1)%70+1 title LEGEND[i], \
        keyentry with lines lt RANDOM title "score = share"
    unset output
}

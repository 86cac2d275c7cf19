# Score against the share of prompts that the strong model answers (the call-performance graph).
# gnuplot -c call-performance.gp NAME "png svg pdf"      reads NAME.dat, writes NAME.png ...
NAME = ARG1; FORMATS = ARG2; HERE = ARG0
while (strlen(HERE) > 0 && HERE[strlen(HERE):] ne "/") { HERE = HERE[:strlen(HERE)-1] }
load HERE."style.gp"

stats DATA index 0 using (TITLE = strcol("title"), SUBTITLE = strcol("subtitle"), \
    YLABEL = strcol("ylabel"), STRONG = column("strong"), WEAK = column("weak"), \
    STRONG_LABEL = strcol("strong_label"), WEAK_LABEL = strcol("weak_label"), \
    YMIN = column("ymin"), YMAX = column("ymax"), ROUTERS = int(column("routers")), COLUMNS = column("columns"), \
    POINTS = int(column("points")), 0) nooutput
array STYLE[ROUTERS + 1]
array LEGEND[ROUTERS + 1]
array POINT[POINTS + 1]
stats DATA index 1 using (STYLE[int(column("number"))] = column("style"), LEGEND[int(column("number"))] = strcol("legend"), 0) nooutput
stats DATA index 2 using (POINT[int(column("number"))] = strcol("legend"), 0) nooutput
lt(i) = STYLE[i] > 0 ? int(STYLE[i]-1)%70+1 : BOUND

ROWS = ROUTERS + POINTS + 2
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
set ylabel YLABEL noenhanced
set xrange [0:100]
set yrange [YMIN:YMAX]
set y2range [YMIN:YMAX]
set xtics 20
set y2tics (STRONG_LABEL STRONG, WEAK_LABEL WEAK) scale 0

do for [format in FORMATS] {
    eval terminal(format)
    plot DATA index 0 using (0):"strong":(100):(0) with vectors nohead lt LEVEL notitle, \
        "" index 0 using (0):"weak":(100):(0) with vectors nohead lt LEVEL notitle, \
        "" index 0 using (0):"weak":(100):(STRONG-WEAK) with vectors nohead lt RANDOM notitle, \
        for [i=1:ROUTERS] "" index i+2 using "strong_calls":"y" with lines lt lt(i) notitle, \
        for [i=1:ROUTERS] "" index i+2 using "strong_calls":"marker" with points lt lt(i) notitle, \
        "" index 2 using (column("calls_known") == 0 ? 0 : NaN):"y":(100):(0) with vectors nohead lt LEVEL dt (2,3) notitle, \
        "" index 2 using "x":"y":(column("shown_x")-column("x")):(column("shown_y")-column("y")) with vectors nohead lt FRAME notitle, \
        "" index 2 using "x":(column("calls_known") == 1 ? column("y") : NaN) with points pt 7 ps 0.4 lc rgb "black" notitle, \
        "" index 2 using "shown_x":"shown_y" with points pt 7 ps 2.1 lc rgb "white" notitle, \
        "" index 2 using "shown_x":"shown_y" with points pt 6 ps 2.1 lw 1 lc rgb "black" notitle, \
        "" index 2 using "shown_x":"shown_y":"letter" with labels center font ",10" notitle, \
        for [i=1:ROUTERS] keyentry with linespoints lt lt(i) title LEGEND[i], \
        keyentry with lines lt RANDOM title "random, expected (0.500)", \
        for [i=1:POINTS] keyentry with points pt 6 ps 1.6 lw 1 lc rgb "black" title POINT[i]
    unset output
}

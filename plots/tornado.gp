# Dollars saved if one assumption were another, the widest bar on top.
# gnuplot -c tornado.gp NAME "png svg pdf"      reads NAME.dat, writes NAME.png ...
NAME = ARG1; FORMATS = ARG2; HERE = ARG0
while (strlen(HERE) > 0 && HERE[strlen(HERE):] ne "/") { HERE = HERE[:strlen(HERE)-1] }
load HERE."style.gp"

stats DATA index 0 using (TITLE = strcol("title"), SUBTITLE = strcol("subtitle"), \
    SAVED = column("saved"), LOW = column("low"), HIGH = column("high"), \
    ROWS = int(column("rows")), COLUMNS = column("columns"), 0) nooutput

LEFT = 24 + COLUMN*COLUMNS
PLOT = 430
WIDTH = LEFT + PLOT + 40
if (WIDTH < 790) { PLOT = 790 - LEFT - 40; WIDTH = 790 }
HEIGHT = (ROWS + 1)*26 + TOP + BOTTOM
SPAN = HIGH > LOW ? HIGH - LOW : 1
HALF = 0.36
eval margins

set xlabel "Dollars saved per million requests" noenhanced
set xrange [LOW - 0.16*SPAN:HIGH + 0.16*SPAN]
set yrange [0.3:ROWS + 0.7]
set ytics scale 0
unset grid
set grid x lt FRAME lc rgb "#dcdcdc" lw 0.6 dt solid
set border 1 lt FRAME
unset key
set style fill solid 1 noborder
left(l, h) = l < h ? l : h
right(l, h) = l > h ? l : h
end(x, r) = column(x) <= column(r) ? column(x) : NaN

do for [format in FORMATS] {
    eval terminal(format)
    plot DATA index 1 using "saved_low":"row":(left(SAVED, column("saved_low"))):(right(SAVED, column("saved_low"))):(column("row") - HALF):(column("row") + HALF) with boxxyerror lc rgb RED, \
        "" index 1 using "saved_high":"row":(left(SAVED, column("saved_high"))):(right(SAVED, column("saved_high"))):(column("row") - HALF):(column("row") + HALF) with boxxyerror lc rgb BLUE, \
        "" index 1 using (SAVED):"row":yticlabels(stringcolumn("assumption")) with points pt 0 lc rgb BLUE, \
        "" index 0 using (SAVED):(0.3):(0):(ROWS + 0.4) with vectors nohead lt FRAME, \
        "" index 1 using (end("saved_low", "saved_high")):"row":"low" with labels right offset -0.5,0, \
        "" index 1 using (end("saved_high", "saved_low")):"row":"high" with labels right offset -0.5,0, \
        "" index 1 using (column("saved_low") > column("saved_high") ? column("saved_low") : NaN):"row":"low" with labels left offset 0.5,0, \
        "" index 1 using (column("saved_high") > column("saved_low") ? column("saved_high") : NaN):"row":"high" with labels left offset 0.5,0
    unset output
}

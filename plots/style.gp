# What all figures share: colours, lines, markers, fonts, terminals. A script begins with
#
#     NAME = ARG1; FORMATS = ARG2                    # gnuplot -c SCRIPT NAME "png svg pdf"
#     load FOLDER-OF-THE-SCRIPT."style.gp"
#
# sets WIDTH and HEIGHT, and plots once per word of FORMATS after `eval terminal(format)`.
# Texts come from NAME.dat and are never part of a command; noenhanced shows them as they are.

set encoding utf8
set datafile separator "\t"
set datafile commentschars "#"
DATA = NAME.".dat"
if (strlen(FORMATS) == 0) { FORMATS = "png svg pdf" }

# One size in units for all formats: SVG pixels; PNG at two pixels a unit; PDF at 110 units an inch.
FONT = "DejaVu Sans"
terminal(format) = \
    format eq "svg" ? sprintf("set terminal svg noenhanced size %d,%d font '%s,Verdana,sans-serif,12' background '#ffffff'; set output NAME.'.svg'", WIDTH, HEIGHT, FONT) : \
    format eq "png" ? sprintf("set terminal pngcairo noenhanced size %d,%d font '%s,12' fontscale 1.5 linewidth 2 pointscale 2 dashlength 2 background '#ffffff'; set output NAME.'.png'", 2*WIDTH, 2*HEIGHT, FONT) : \
    sprintf("set terminal pdfcairo noenhanced size %.4fin,%.4fin font '%s,12' fontscale 0.49 linewidth 1.35 dashlength 1.3 background '#ffffff'; set output NAME.'.pdf'", WIDTH/110.0, HEIGHT/110.0, FONT)

# Routers: colours of Okabe and Ito (all but yellow, too light on white), told apart without colour
# by dashes and markers. Seven colours, five dashes and fourteen markers repeat after seventy.
COLOURS = "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000"
MARKERS = "7 5 9 13 11 15 2 6 4 8 12 10 14 1"
array DASHES[5] = ["solid", "(8,3)", "(2.5,2.5)", "(9,3,2,3)", "(9,2.5,2,2.5,2,2.5)"]
do for [i=1:70] {
    eval sprintf("set linetype %d lc rgb '%s' dt %s lw 1.8 pt %s ps 0.75", i, \
        word(COLOURS, (i-1)%7+1), DASHES[(i-1)%5+1], word(MARKERS, (i-1)%14+1))
}
# What is no router: the bound, the random router, targets and models, the frame.
BOUND = 71
RANDOM = 72
LEVEL = 73
FRAME = 74
set linetype 71 lc rgb "#000000" dt (2,4) lw 1.5 pt 0
set linetype 72 lc rgb "#808080" dt (9,5) lw 1.0
set linetype 73 lc rgb "#a0a0a0" dt solid lw 0.9
set linetype 74 lc rgb "#404040" dt solid lw 0.8
set linetype cycle 70
BLUE = "#0072B2"
RED = "#D55E00"
GREY = "#707070"
PALE = "#CFE8F7"

set border 3 lt FRAME
set tics nomirror out scale 0.6
set grid lt FRAME lc rgb "#dcdcdc" lw 0.6 dt solid

# Margins in units: the drawing keeps its place and size whatever the texts beside it are.
# TOP holds title and subtitle, BOTTOM the axis; LEFT and PLOT are set by the script.
TOP = 62.0
BOTTOM = 60.0
set xlabel offset 0,0.4 # the SVG terminal sets it lower than the others
COLUMN = 7.4
margins = \
    "set lmargin at screen 1.0*LEFT/WIDTH; set rmargin at screen 1.0*(LEFT+PLOT)/WIDTH;". \
    "set tmargin at screen 1-TOP/HEIGHT; set bmargin at screen BOTTOM/HEIGHT;". \
    "set label 1 TITLE at screen 14.0/WIDTH, screen 1-18.0/HEIGHT left noenhanced font ',14';". \
    "set label 2 SUBTITLE at screen 14.0/WIDTH, screen 1-40.0/HEIGHT left noenhanced font ',11' textcolor '#404040'"
# The legend stands right of the labels of the right axis.
legend = \
    "set key at screen (LEFT+PLOT+98.0)/WIDTH, screen 1-TOP/HEIGHT left top Left reverse noenhanced samplen 4.6 spacing 1.15; set key title 'Router (APGR)' left"

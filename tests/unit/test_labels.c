/* Labels read from single tokens: routers/labels.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "routers/labels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *digits[] = {"1", "2", "3", "4", "5"};
static const char *brackets[] = {"[[1]]", "[[2]]", "[[3]]"};
static const char *ten[] = {"1", "2", "10"};
static const ra_labels by_digit = {digits, 5}, by_bracket = {brackets, 3}, to_ten = {ten, 3};

static void check_near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12)) {
        print_error("found %.17g, expected %.17g\n", found, expected);
        fail();
    }
}

static void test_label_of(void **state)
{
    (void)state;
    static const struct {
        const ra_labels *labels;
        const char *text;
        bool ended;
        int label;
    } rows[] = {
        {&by_digit, "4", false, 3},
        {&by_digit, " 4", false, 3},
        {&by_digit, "\n\n4.", false, 3},
        {&by_digit, "4/5", false, 3},
        {&by_digit, "45", false, RA_LABEL_NONE},
        {&by_digit, "4th", false, RA_LABEL_NONE},
        {&by_digit, "", false, RA_LABEL_OPEN},
        {&by_digit, "  ", false, RA_LABEL_OPEN},
        {&by_digit, "", true, RA_LABEL_NONE},
        {&by_digit, "6", false, RA_LABEL_NONE},
        {&by_digit, "four", false, RA_LABEL_NONE},
        {&by_bracket, "[", false, RA_LABEL_OPEN},
        {&by_bracket, " [[", false, RA_LABEL_OPEN},
        {&by_bracket, "[[2", false, 1},
        {&by_bracket, "[[2]] good", false, 1},
        {&by_bracket, "[[4", false, RA_LABEL_NONE},
        {&by_bracket, "2", false, RA_LABEL_NONE},
        {&to_ten, "1", false, RA_LABEL_OPEN},
        {&to_ten, "1", true, 0},
        {&to_ten, "10", false, 2},
        {&to_ten, "1.", false, 0},
        {&to_ten, "12", false, RA_LABEL_NONE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int found = ra_label_of(rows[i].labels, rows[i].text, rows[i].ended);
        if (found != rows[i].label)
            fail_msg("'%s': found %d, expected %d", rows[i].text, found, rows[i].label);
    }
}

static void test_read(void **state)
{
    (void)state;
    const ra_alternative others[] = {
        {" 4", log(0.5)}, {"4", log(0.1)}, {" ", log(0.2)}, {"2", log(0.05)}, {"Well", log(0.03)}};
    const ra_token token = {" 4", log(0.5), others, 5};
    ra_arena arena = {0};
    ra_label_reading reading = {0};
    ra_label_open open[6];
    size_t count = ra_labels_read(&by_digit, "", 1, &token, &arena, &reading, open);
    assert_int_equal(count, 1);
    assert_string_equal(open[0].text, " ");
    check_near(open[0].weight, 0.2);
    check_near(reading.mass[3], 0.6);
    check_near(reading.mass[1], 0.05);
    check_near(reading.unseen[3], 0);
    check_near(reading.unseen[0], 0.03); /* no more than the last that is listed */
    double share, least, most;
    assert_true(ra_labels_share(&by_digit, &reading, 4, &share, &least, &most));
    check_near(share, 0.6 / 0.65);
    check_near(least, 0.6 / (0.65 + 0.06));
    check_near(most, 0.63 / 0.68);
    ra_arena_release(&arena);
}

/* The token itself is not always among the alternatives; the rest bounds what is not listed. */
static void test_token_apart(void **state)
{
    (void)state;
    const ra_alternative others[] = {{"5", log(0.39)}};
    const ra_token token = {"1", log(0.6), others, 1};
    ra_arena arena = {0};
    ra_label_reading reading = {0};
    ra_label_open open[2];
    assert_int_equal(ra_labels_read(&by_digit, "", 0.5, &token, &arena, &reading, open), 0);
    check_near(reading.mass[0], 0.3);
    check_near(reading.mass[4], 0.195);
    check_near(reading.unseen[1], 0.5 * 0.01);
    ra_label_reading nothing = {0};
    double share, least, most;
    assert_false(ra_labels_share(&by_digit, &nothing, 4, &share, &least, &most));
    ra_arena_release(&arena);
}

static size_t find(const ra_labels *labels, const char *const *texts, size_t count)
{
    ra_token tokens[8] = {{0}};
    ra_arena arena = {0};
    for (size_t i = 0; i < count; i++)
        tokens[i].token = texts[i];
    size_t found = ra_labels_find(labels, tokens, count, &arena);
    ra_arena_release(&arena);
    return found;
}

static void test_find(void **state)
{
    (void)state;
    static const char *const plain[] = {"4"};
    static const char *const sentence[] = {"My", " mark", ":", " **", "4", "**"};
    static const char *const name[] = {"GPT", "4", " says", " 2"};
    static const char *const several[] = {"Mark", " [[", "2", "]]"};
    static const char *const without[] = {"It", " is", " fair"};
    assert_int_equal(find(&by_digit, plain, 1), 0);
    assert_int_equal(find(&by_digit, sentence, 6), 4);
    assert_int_equal(find(&by_digit, name, 4), 3);
    assert_int_equal(find(&by_bracket, several, 4), 1);
    assert_int_equal(find(&by_digit, without, 3), 3);
    assert_int_equal(find(&by_digit, without, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_label_of), cmocka_unit_test(test_read),
                                       cmocka_unit_test(test_token_apart),
                                       cmocka_unit_test(test_find)};
    return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}

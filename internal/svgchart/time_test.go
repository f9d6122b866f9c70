package svgchart

import "testing"

func TestTimeAxis(t *testing.T) {
	for _, test := range []struct {
		endMs        float64
		count        int
		second, last string
	}{
		{1, 2, "1 ms", "1 ms"},
		{900, 10, "100 ms", "900 ms"},
		{60_000, 13, "5 s", "60 s"},
		{4_958_000, 9, "10 min", "80 min"},
		{11_807_000, 14, "15 min", "195 min"},
		{400 * 3_600_000, 9, "48 h", "384 h"},
		{3e13, 9, "1000000 h", "8000000 h"},
	} {
		list := ticks(test.endMs)
		if len(list) != test.count || list[0].label[:2] != "0 " || list[1].label != test.second || list[len(list)-1].label != test.last {
			t.Errorf("up to %v ms: %v, want %d ticks, %s to %s", test.endMs, list, test.count, test.second, test.last)
		}
	}
	for ms, want := range map[float64]string{
		0: "0 ms", 12.4: "12 ms", 1500: "1.5 s", 60_000: "60 s", 179_000: "179 s", 4_958_400: "82 min 38 s", 599_600: "10 min 00 s", 11_807_000: "3 h 17 min",
	} {
		if got := Duration(ms); got != want {
			t.Errorf("%v ms: %q, want %q", ms, got, want)
		}
	}
}

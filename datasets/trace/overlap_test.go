package trace

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseOverlap(t *testing.T) {
	got, err := ParseOverlap("list", strings.NewReader("trace,identical_to_a_train_file,shares_a_capture_with_train\na,1,0\nb,0,1\nc,0,0\n"))
	want := []Overlap{{"a", true, false}, {"b", false, true}, {"c", false, false}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, %v; want %v", got, err, want)
	}
	traces := []Trace{{Name: "c"}, {Name: "b"}, {Name: "a"}}
	for name, test := range map[string]struct {
		keep func(Overlap) bool
		want []int
	}{
		"file clean": {Overlap.FileClean, []int{0, 1}},
		"leak free":  {Overlap.LeakFree, []int{0}},
	} {
		if kept, err := Keep(traces, got, test.keep); err != nil || !reflect.DeepEqual(kept, test.want) {
			t.Errorf("%s: %v, %v; want %v", name, kept, err, test.want)
		}
	}
	if _, err := Keep([]Trace{{Name: "d"}}, got, Overlap.LeakFree); err == nil || !strings.Contains(err.Error(), `"d" is not in the overlap list`) {
		t.Errorf("unlisted trace: %v", err)
	}
	for _, test := range []struct{ text, want string }{
		{"", "list: is empty; give a CSV file with a header"},
		{"a,b,c\n", `list: line 1: header: "a,b,c" has other columns; name them trace, identical_to_a_<set>_file, shares_a_capture_with_<set>`},
		{"trace,identical_to_a_train_file,shares_a_capture_with_train\na,1,yes", `list: line 2: shares_a_capture_with_train: "yes" is not a flag; write 0 or 1`},
		{"trace,identical_to_a_train_file,shares_a_capture_with_train\na,1", "list: line 2: wrong number of fields; give 3 comma-separated fields per line"},
	} {
		if _, err := ParseOverlap("list", strings.NewReader(test.text)); err == nil || err.Error() != test.want {
			t.Errorf("%q:\n got %v\nwant %s", test.text, err, test.want)
		}
	}
}

package trace

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func writeVideo(t *testing.T, levels ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clip")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for i, text := range levels {
		if err := os.WriteFile(filepath.Join(dir, "video_size_"+strconv.Itoa(i)), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLoadVideo(t *testing.T) {
	got, err := LoadVideo(writeVideo(t, "100\n200\n", "300\r\n\r\n400"), []int{300, 750}, 2000)
	want := Video{Name: "clip", BitratesKbps: []int{300, 750}, ChunkMs: 2000, SizesBytes: [][]int{{100, 200}, {300, 400}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("got %v, %v; want %v", got, err, want)
	}
	if got.Levels() != 2 || got.Chunks() != 2 {
		t.Errorf("%d levels, %d chunks", got.Levels(), got.Chunks())
	}
	for _, test := range []struct {
		name   string
		levels []string
		ladder []int
		want   string
	}{
		{"word", []string{"100\nbig"}, []int{300}, `video_size_0: line 2: sizes_bytes: "big" is not an integer; write one chunk size in bytes per line`},
		{"zero", []string{"0"}, []int{300}, `video_size_0: line 1: sizes_bytes: "0" is not a chunk size; write bytes, 1 to 2147483647`},
		{"empty", []string{"\n"}, []int{300}, `video_size_0: sizes_bytes: is empty; write one chunk size in bytes per line`},
		{"ragged", []string{"1\n2", "1"}, []int{300, 750}, `clip: sizes_bytes[1]: "1" chunks where level 0 has 2; give every level the same chunks`},
		{"short ladder", []string{"1", "2"}, []int{300}, `video_size_1: bitrates_kbps: "1" levels, but the directory has more; give one bitrate per video_size file`},
		{"no ladder", nil, nil, `clip: bitrates_kbps: is empty; give the ladder in kbit/s, lowest first`},
	} {
		_, err := LoadVideo(writeVideo(t, test.levels...), test.ladder, 4000)
		if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s:\n got %v\nwant ...%s", test.name, err, test.want)
		}
	}
	if _, err := LoadVideo(writeVideo(t, "1"), []int{300, 750}, 4000); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing level: %v", err)
	}
}

func TestVideoValidate(t *testing.T) {
	good := func() Video {
		return Video{Name: "v", BitratesKbps: []int{300, 750}, ChunkMs: 4000, SizesBytes: [][]int{{1, 2}, {3, 4}}}
	}
	if v := good(); v.Validate() != nil {
		t.Fatal(v.Validate())
	}
	for _, test := range []struct {
		spoil func(*Video)
		want  string
	}{
		{func(v *Video) { v.ChunkMs = 0 }, `v: chunk_ms: "0" is not a chunk length; give milliseconds, such as 4000`},
		{func(v *Video) { v.BitratesKbps[1] = 300 }, `v: bitrates_kbps[1]: "300" is not above the level below, 300; order the ladder from lowest to highest`},
		{func(v *Video) { v.BitratesKbps[0] = -1 }, `v: bitrates_kbps[0]: "-1" is not a bitrate; give kbit/s, such as 300`},
		{func(v *Video) { v.SizesBytes = v.SizesBytes[:1] }, `v: sizes_bytes: "1" levels for a ladder of 2; give one list of sizes per bitrate`},
		{func(v *Video) { v.SizesBytes[1][0] = 0 }, `v: sizes_bytes[1][0]: "0" is not a chunk size; give bytes, 1 to 2147483647`},
		{func(v *Video) { v.SizesBytes = [][]int{{}, {}} }, `v: sizes_bytes[0]: "0" is not a chunk count; give 1 to 1048576 chunk sizes`},
		{func(v *Video) { v.BitratesKbps = make([]int, MaxLevels+1) }, `v: bitrates_kbps: "257" levels are more than 256; shorten the ladder`},
	} {
		v := good()
		test.spoil(&v)
		if err := v.Validate(); err == nil || err.Error() != test.want {
			t.Errorf("\n got %v\nwant %s", err, test.want)
		}
	}
}

package dash

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trailblazer/datasets/trace"
)

// sidx makes a segment index of the given version.
func sidx(version byte, sizes, ticks []uint32) []byte {
	body := []byte{version, 0, 0, 0, 0, 0, 0, 1}
	body = binary.BigEndian.AppendUint32(body, 1000)
	body = append(body, make([]byte, 8+8*int(version))...)
	body = append(body, 0, 0)
	body = binary.BigEndian.AppendUint16(body, uint16(len(sizes)))
	for i, size := range sizes {
		body = binary.BigEndian.AppendUint32(body, size)
		body = binary.BigEndian.AppendUint32(body, ticks[i])
		body = append(body, 0x90, 0, 0, 0)
	}
	return box("sidx", body)
}

func box(kind string, body []byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

// media is a file with an index behind another box.
func media(version byte, sizes, ticks []uint32) string {
	return string(box("ftyp", []byte("iso5"))) + string(sidx(version, sizes, ticks)) + "rest"
}

func mpd(attributes, inside string) string {
	return `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" ` + attributes + `><Period>` + inside + `</Period></MPD>`
}

// folder writes a manifest and the files beside it.
func folder(t *testing.T, manifest string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "film.mpd")
	if err := os.WriteFile(file, []byte(manifest), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

// chunks makes files of the given sizes.
func chunks(pattern string, numbers []string, sizes ...int) map[string]string {
	files := map[string]string{}
	for i, size := range sizes {
		files[strings.ReplaceAll(pattern, "#", numbers[i])] = strings.Repeat("x", size)
	}
	return files
}

var want = trace.Video{Name: "film", BitratesKbps: []int{300, 750}, ChunkMs: 2000, SizesBytes: [][]int{{10, 20, 5}, {30, 40, 7}}}

func merge(maps ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range maps {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

func TestLoad(t *testing.T) {
	const representations = `<Representation id="b" bandwidth="750000"/><Representation id="a" bandwidth="300000"/>`
	for name, c := range map[string]struct {
		manifest string
		files    map[string]string
		options  Options
	}{
		"template with numbers, and sound beside it": {
			mpd(`mediaPresentationDuration="PT4.9S"`, `<AdaptationSet contentType="audio"><Representation bandwidth="1"/></AdaptationSet>
				<AdaptationSet mimeType="video/mp4"><SegmentTemplate media="$RepresentationID$/$Number%03d$.m4s" duration="2" initialization="x"/>`+representations+`</AdaptationSet>`),
			merge(chunks("a/#.m4s", []string{"001", "002", "003"}, 10, 20, 5), chunks("b/#.m4s", []string{"001", "002", "003"}, 30, 40, 7)), Options{},
		},
		"template with a timeline, attributes of two levels, and bases": {
			mpd(``, `<BaseURL>media/</BaseURL><AdaptationSet contentType="video"><SegmentTemplate timescale="90000"><SegmentTimeline><S t="90" d="180000" r="1"/><S d="90000"/></SegmentTimeline></SegmentTemplate>`+
				strings.ReplaceAll(representations, `"/>`, `"><SegmentTemplate media="$Bandwidth$-$Time$"/></Representation>`)+`</AdaptationSet>`),
			merge(chunks("media/300000-#", []string{"90", "180090", "360090"}, 10, 20, 5), chunks("media/750000-#", []string{"90", "180090", "360090"}, 30, 40, 7)), Options{},
		},
		"list of ranges": {
			mpd(`mediaPresentationDuration="PT5S"`, `<AdaptationSet id="7"><Representation bandwidth="300000"><BaseURL>http://example.com/a.mp4</BaseURL><SegmentList timescale="1000" duration="2000"><SegmentURL mediaRange="100-109"/><SegmentURL mediaRange="110-129"/><SegmentURL mediaRange="130-134"/></SegmentList></Representation>
				<Representation bandwidth="750400"><SegmentList duration="2"><SegmentURL mediaRange="0-29"/><SegmentURL mediaRange="30-69"/><SegmentURL media="b3"/></SegmentList></Representation></AdaptationSet>`),
			map[string]string{"b3": "1234567"}, Options{Set: "7"},
		},
		"index": {
			mpd(``, `<AdaptationSet contentType="video"><Representation bandwidth="300000"><BaseURL>a.mp4</BaseURL><SegmentBase indexRange="12-79"/></Representation><Representation bandwidth="750000"><BaseURL>b.mp4</BaseURL></Representation></AdaptationSet>`),
			map[string]string{"a.mp4": media(0, []uint32{10, 20, 5}, []uint32{2000, 2000, 900}), "b.mp4": media(1, []uint32{30, 40, 7}, []uint32{2000, 2000, 900})}, Options{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Load(folder(t, c.manifest, c.files), c.options)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	one := func(inside string) string {
		return mpd(`mediaPresentationDuration="PT4S"`, `<AdaptationSet contentType="video">`+inside+`</AdaptationSet>`)
	}
	for _, c := range []struct{ manifest, want string }{
		{"no XML", "MPD: cannot be read"},
		{"<MPD>\n<Period></MPD>", "line 2: MPD: cannot be read"},
		{`<MPD type="dynamic"><Period/></MPD>`, "is a live stream"},
		{`<MPD></MPD>`, "Period: is missing"},
		{`<MPD><Period/><Period/></MPD>`, "periods are more than one ladder"},
		{mpd("", ""), "AdaptationSet: is missing"},
		{mpd("", `<AdaptationSet id="x" contentType="video"/><AdaptationSet contentType="video"/>`), `"2" are video; name one: x (0 representations, video), 1 (0`},
		{one(""), "Representation: is missing"},
		{one(`<Representation bandwidth="fast"/>`), `"fast" is not a bitrate`},
		{one(`<Representation bandwidth="300000"/>`), "says neither where its segments are"},
		{one(`<Representation bandwidth="300000"><BaseURL>a.mp4</BaseURL></Representation>`), "its file is not beside it"},
		{one(`<Representation bandwidth="300000"><BaseURL>../a.mp4</BaseURL></Representation>`), "lies outside the manifest's directory"},
		{one(`<Representation bandwidth="300000"><BaseURL>https://example.com/a.mp4</BaseURL></Representation>`), "is not beside the manifest; download the media"},
		{one(`<Representation bandwidth="300000"><BaseURL>film.mpd</BaseURL></Representation>`), "sidx: is missing; write the file anew"},
		{one(`<Representation bandwidth="300000"><SegmentList duration="2"><SegmentURL mediaRange="9-5"/></SegmentList></Representation>`), `"9-5" is no range of bytes`},
		{one(`<Representation bandwidth="300000"><SegmentList duration="2"/></Representation>`), "SegmentURL: is missing"},
		{one(`<Representation bandwidth="300000"><SegmentTemplate media="$Name$" duration="2"/></Representation>`), "has an identifier that is not known"},
		{one(`<Representation bandwidth="300000"><SegmentTemplate media="$Number$"/></Representation>`), "SegmentTemplate@duration"},
		{mpd("", `<AdaptationSet contentType="video"><Representation bandwidth="300000"><SegmentTemplate media="$Number$" duration="2"/></Representation></AdaptationSet>`), "mediaPresentationDuration: is missing"},
		{one(`<Representation bandwidth="300000"><SegmentTemplate media="$Number$" timescale="1000000" duration="1"/></Representation>`), "segments: are more than"},
		{one(`<Representation bandwidth="300000"><SegmentTemplate media="$Number$"><SegmentTimeline><S d="1" r="99999999"/></SegmentTimeline></SegmentTemplate></Representation>`), "segments: are more than"},
		{one(`<Representation bandwidth="300000"><SegmentTemplate media="$Number$"><SegmentTimeline><S d="0"/></SegmentTimeline></SegmentTemplate></Representation>`), "S[0]@d"},
		{one(`<Representation bandwidth="300000"><SegmentList><SegmentTimeline><S d="2"/><S d="4"/><S d="2"/></SegmentTimeline><SegmentURL mediaRange="0-5"/><SegmentURL mediaRange="0-5"/><SegmentURL mediaRange="0-5"/></SegmentList></Representation>`), "is not as long as the others"},
		{one(strings.Repeat(`<Representation bandwidth="300000"><SegmentList duration="2"><SegmentURL mediaRange="0-5"/></SegmentList></Representation>`, 2)), `"300 kbit/s" occurs twice in the ladder`},
	} {
		if _, err := Load(folder(t, c.manifest, nil), Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.manifest, err, c.want)
		}
	}
}

// A repeat of -1 goes on to the next entry, and to the end.
func TestTimelineRepeatsToTheEnd(t *testing.T) {
	file := folder(t, mpd(`mediaPresentationDuration="P0DT0H0M9S"`, `<AdaptationSet contentType="video"><Representation bandwidth="300000"><SegmentTemplate media="$Time$"><SegmentTimeline><S d="2" r="-1"/><S t="4" d="2" r="-1"/></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet>`),
		chunks("#", []string{"0", "2", "4", "6", "8"}, 1, 2, 3, 4, 5))
	v, err := Load(file, Options{Name: "mine"})
	if err != nil || !reflect.DeepEqual(v.SizesBytes, [][]int{{1, 2, 3, 4, 5}}) || v.Name != "mine" {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestParseIndexErrors(t *testing.T) {
	whole := sidx(0, []uint32{1, 2}, []uint32{3, 4})
	for n := range whole {
		if _, err := ParseIndex("file", bytes.NewReader(whole[:n])); err == nil {
			t.Errorf("no error after %d bytes", n)
		}
	}
	nested := bytes.Clone(whole)
	nested[len(nested)-24] |= 0x80
	if _, err := ParseIndex("file", bytes.NewReader(nested)); err == nil || !strings.Contains(err.Error(), "refers to other indexes") {
		t.Errorf("error %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(mpd(`mediaPresentationDuration="PT4S"`, `<AdaptationSet contentType="video"><Representation bandwidth="300000"><SegmentList duration="2"><SegmentURL mediaRange="0-5"/><SegmentURL mediaRange="6-9"/></SegmentList></Representation></AdaptationSet>`)))
	f.Add([]byte(mpd("", `<AdaptationSet contentType="video"><Representation bandwidth="300000"><SegmentTemplate media="$Time$"><SegmentTimeline><S t="5" d="2" r="-1"/><S t="99" d="2"/></SegmentTimeline></SegmentTemplate></Representation></AdaptationSet>`)))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := Parse("fuzz", bytes.NewReader(text))
		if err != nil {
			return
		}
		l := &loader{file: "fuzz", dir: "absent", seconds: 4}
		for i := range m.Periods[0].Sets {
			if v, err := l.video("fuzz", m, &m.Periods[0], &m.Periods[0].Sets[i]); err == nil {
				if err := v.Validate(); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func FuzzFindIndex(f *testing.F) {
	f.Add([]byte(media(0, []uint32{10, 20}, []uint32{2000, 2000})))
	f.Add([]byte(media(1, []uint32{10, 20}, []uint32{2000, 2000})))
	f.Fuzz(func(t *testing.T, file []byte) {
		index, err := FindIndex("fuzz", bytes.NewReader(file))
		if err == nil && (len(index.Bytes) == 0 || len(index.Bytes) != len(index.Ticks) || index.Timescale == 0) {
			t.Fatalf("%+v", index)
		}
	})
}

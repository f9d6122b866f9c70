package dash

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"trailblazer/datasets/trace"
)

// Manifest is a media presentation description.
type Manifest struct {
	XMLName  xml.Name `xml:"MPD"`
	Type     string   `xml:"type,attr"`
	Duration string   `xml:"mediaPresentationDuration,attr"`
	BaseURL  string   `xml:"BaseURL"`
	Periods  []Period `xml:"Period"`
}

// Period is a part of the presentation.
type Period struct {
	Duration string          `xml:"duration,attr"`
	BaseURL  string          `xml:"BaseURL"`
	Sets     []AdaptationSet `xml:"AdaptationSet"`
	segments
}

// AdaptationSet is one content at several bitrates.
type AdaptationSet struct {
	ID              string           `xml:"id,attr"`
	ContentType     string           `xml:"contentType,attr"`
	MimeType        string           `xml:"mimeType,attr"`
	BaseURL         string           `xml:"BaseURL"`
	Representations []Representation `xml:"Representation"`
	segments
}

// Representation is the content at one bitrate.
type Representation struct {
	ID        string `xml:"id,attr"`
	MimeType  string `xml:"mimeType,attr"`
	Bandwidth string `xml:"bandwidth,attr"`
	BaseURL   string `xml:"BaseURL"`
	segments
}

// segments says where segments are. What a level leaves open is taken from the
// one above.
type segments struct {
	Template *segmentTemplate `xml:"SegmentTemplate"`
	List     *segmentList     `xml:"SegmentList"`
	Base     *segmentBase     `xml:"SegmentBase"`
}

type segmentTemplate struct {
	Media       string    `xml:"media,attr"`
	Timescale   string    `xml:"timescale,attr"`
	Duration    string    `xml:"duration,attr"`
	StartNumber string    `xml:"startNumber,attr"`
	Timeline    *timeline `xml:"SegmentTimeline"`
}

type segmentList struct {
	Timescale string    `xml:"timescale,attr"`
	Duration  string    `xml:"duration,attr"`
	Timeline  *timeline `xml:"SegmentTimeline"`
	URLs      []struct {
		Media      string `xml:"media,attr"`
		MediaRange string `xml:"mediaRange,attr"`
	} `xml:"SegmentURL"`
}

type segmentBase struct {
	IndexRange string `xml:"indexRange,attr"`
}

// timeline lists durations: each S is d, repeated r more times, from t on.
type timeline struct {
	S []struct {
		T string `xml:"t,attr"`
		D string `xml:"d,attr"`
		R string `xml:"r,attr"`
	} `xml:"S"`
}

// maxManifest bounds what is read: an hour of segments by name is far smaller.
const maxManifest = 64 << 20

// Parse reads a manifest. The name stands in errors, which are
// [*trace.FormatError] for everything but a failing reader.
func Parse(name string, r io.Reader) (*Manifest, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxManifest {
		return nil, &trace.FormatError{File: name, Problem: "is larger than 64 MiB", Remedy: "give the manifest, not the media"}
	}
	var m Manifest
	if err := xml.NewDecoder(bytes.NewReader(text)).Decode(&m); err != nil {
		line := 0
		if syntax := (*xml.SyntaxError)(nil); errors.As(err, &syntax) {
			line = syntax.Line
		}
		return nil, &trace.FormatError{File: name, Line: line, Field: "MPD", Problem: "cannot be read (" + err.Error() + ")", Remedy: "give the XML of an MPEG-DASH manifest"}
	}
	switch {
	case m.Type == "dynamic":
		return nil, &trace.FormatError{File: name, Field: "type", Value: m.Type, Problem: "is a live stream, whose segments are not known yet", Remedy: "give the manifest of a recording, of type static"}
	case len(m.Periods) == 0:
		return nil, &trace.FormatError{File: name, Field: "Period", Problem: "is missing", Remedy: "give a manifest with one period"}
	case len(m.Periods) > 1:
		return nil, &trace.FormatError{File: name, Field: "Period", Value: strconv.Itoa(len(m.Periods)), Problem: "periods are more than one ladder", Remedy: "give a manifest with one period: remove advertisements"}
	}
	return &m, nil
}

// video reports whether the set says that it is video.
func (s *AdaptationSet) video() bool {
	kind := s.ContentType + " " + s.MimeType
	for i := range s.Representations {
		kind += " " + s.Representations[i].MimeType
	}
	return strings.Contains(kind, "video")
}

// durationForm is xs:duration without years and months, which have no length.
var durationForm = regexp.MustCompile(`^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$`)

// parseDuration reads an xs:duration into seconds.
func parseDuration(text string) (float64, bool) {
	parts := durationForm.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return 0, false
	}
	seconds := 0.0
	for i, scale := range []float64{86400, 3600, 60, 1} {
		if parts[i+1] == "" {
			continue
		}
		x, err := strconv.ParseFloat(parts[i+1], 64)
		if err != nil || x > 1e9 {
			return 0, false
		}
		seconds += x * scale
	}
	return seconds, seconds > 0
}

package dash

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// size is that of a file.
func (l *loader) size(parts []string) (int64, error) {
	name, err := l.path(parts)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(name)
	if err != nil {
		return 0, l.absent(err)
	}
	if !info.Mode().IsRegular() {
		return 0, l.refuse("segment", name, "is not a file", "name one file for each segment")
	}
	return info.Size(), nil
}

func (l *loader) absent(err error) error {
	return fmt.Errorf("%s: a segment's size is not in the manifest, and its file is not beside it: %w; download the segments to where the manifest says, or give a manifest with byte ranges", l.file, err)
}

// path joins URLs, each relative to the one before, into a file below the
// manifest's directory.
func (l *loader) path(parts []string) (string, error) {
	at := ""
	for _, part := range parts {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		u, err := url.Parse(part)
		if err != nil || u.Scheme != "" || u.Host != "" || strings.HasPrefix(u.Path, "/") {
			return "", l.refuse("BaseURL", part, "is not beside the manifest", "download the media and give relative names")
		}
		// The last name of a base is replaced unless it ends in a slash.
		if i := strings.LastIndexByte(at, '/'); i >= 0 {
			at = at[:i+1]
		} else {
			at = ""
		}
		at += u.Path
	}
	if at == "" {
		return l.dir, nil
	}
	local := filepath.FromSlash(path.Clean(at))
	if !filepath.IsLocal(local) {
		return "", l.refuse("BaseURL", at, "lies outside the manifest's directory", "put the media beside the manifest")
	}
	return filepath.Join(l.dir, local), nil
}

// identifier is one of a template's, with the width of its number.
var identifier = regexp.MustCompile(`\$(?:(RepresentationID|Number|Bandwidth|Time)(?:%0(\d{1,2})d)?)?\$`)

// fill replaces a template's identifiers.
func (l *loader) fill(media string, r *Representation, number, time uint64) (string, error) {
	name := identifier.ReplaceAllStringFunc(media, func(match string) string {
		parts := identifier.FindStringSubmatch(match)
		value := ""
		switch parts[1] {
		case "":
			return "\x00"
		case "RepresentationID":
			return r.ID
		case "Number":
			value = strconv.FormatUint(number, 10)
		case "Bandwidth":
			value = r.Bandwidth
		case "Time":
			value = strconv.FormatUint(time, 10)
		}
		width, _ := strconv.Atoi(parts[2])
		return strings.Repeat("0", max(width-len(value), 0)) + value
	})
	if strings.Contains(name, "$") {
		return "", l.refuse("SegmentTemplate@media", media, "has an identifier that is not known", "use $RepresentationID$, $Number$, $Time$ or $Bandwidth$")
	}
	return strings.ReplaceAll(name, "\x00", "$"), nil
}

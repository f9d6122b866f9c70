package trace

import (
	"io"
	"strconv"
	"strings"
)

// hsdpaColumns are what a line of an HSDPA log holds.
const hsdpaColumns = 6

const hsdpaForm = "write unix_s elapsed_ms latitude longitude bytes ms, with the bytes received in the ms that end here"

// ParseHSDPA reads a log of the measurements of Riiser et al. in Norway's 3G
// networks ("Commute Path Bandwidth Traces from 3G Networks", MMSys 2013,
// datasets.simula.no/hsdpa-tcp-logs), and of those of van der Hooft et al. in
// Ghent's 4G networks, which have the same columns: time of day, milliseconds
// since some start, latitude, longitude, bytes since the line before, and
// milliseconds since the line before.
//
// The trace begins with the first line's interval; a sample is the mean
// bandwidth of the time that ends at its stamp, as the player reads it. Stamps
// add up the last column, so that gaps between lines are cut out. The bytes of a
// line without duration count for the next one.
func ParseHSDPA(name string, r io.Reader) (Trace, error) {
	t := Trace{Name: name}
	elapsedMs, carried := 0.0, 0.0
	err := EachLine(name, r, func(line int, text string) error {
		fields := strings.Fields(text)
		refuse := func(field, value, problem, remedy string) error {
			return &FormatError{File: name, Line: line, Field: field, Value: value, Problem: problem, Remedy: remedy}
		}
		if len(fields) != hsdpaColumns {
			return refuse("", text, "has "+strconv.Itoa(len(fields))+" fields", hsdpaForm)
		}
		var numbers [2]float64
		for i, field := range []string{"bytes", "ms"} {
			value := fields[4+i]
			n, err := strconv.ParseUint(value, 10, 53)
			if err != nil {
				return refuse(field, value, "is not a whole number from 0 on", hsdpaForm)
			}
			numbers[i] = float64(n)
		}
		bytes, ms := numbers[0]+carried, numbers[1]
		if ms == 0 {
			carried = bytes
			return nil
		}
		carried = 0
		// 8 bit per byte, 1,000 bit/ms per Mbit/s.
		mbps := bytes * 8 / ms / 1000
		if err := checkBandwidth(mbps); err != nil {
			return refuse("bytes", fields[4], "in "+fields[5]+" ms are more than "+formatFloat(MaxBandwidthMbps)+" Mbit/s", hsdpaForm)
		}
		if t.Len() == MaxSamples {
			return refuse("", "", "is one too many: there are more than "+strconv.Itoa(MaxSamples), "split the log")
		}
		elapsedMs += ms
		if len(t.TimesS) == 0 {
			t.TimesS, t.BandwidthMbps = append(t.TimesS, 0), append(t.BandwidthMbps, mbps)
		}
		t.TimesS, t.BandwidthMbps = append(t.TimesS, elapsedMs/1000), append(t.BandwidthMbps, mbps)
		if err := checkStamp(t.TimesS, t.Len()-1); err != nil {
			return refuse("ms", fields[5], "makes the log too long", "split the log")
		}
		return nil
	})
	if err != nil {
		return Trace{}, err
	}
	if err := t.Validate(); err != nil {
		return Trace{}, err
	}
	return t, nil
}

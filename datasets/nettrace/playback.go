package nettrace

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strconv"
)

// Playback is a file that the HoloWAN network emulator plays back: the
// conditions of both directions, one row after the other. The vendor has not
// published the format; this is what public tools read and write that feed
// the device ("# HoloWAN Playback v1.0").
type Playback struct {
	// IntervalS is how long a row holds, in seconds. 0 stands for 0.1.
	IntervalS float64
	// PacketBytes is the size of the packets that a recording measured with.
	// 0 stands for 500.
	PacketBytes int
	// Reordering lets packets overtake others when the delay falls.
	Reordering bool
	// Switch says which columns are applied; a column that is off is as if it
	// was not there. All off stands for all on.
	Switch [playbackColumns]bool
	Rows   []Row
}

// Row is the conditions at a time: Forward is direction 1, Reverse
// direction 2.
type Row struct{ Forward, Reverse Conditions }

// Conditions are those of one direction.
type Conditions struct {
	// DelayMs is the one-way delay, LossPercent the packets that are lost, of
	// a hundred, BandwidthMbps what the link carries; 0 stops it.
	DelayMs, LossPercent, BandwidthMbps float64
}

const (
	playbackColumns     = 6
	defaultIntervalS    = 0.1
	defaultPacketBytes  = 500
	playbackTitle       = "# HoloWAN Playback v1.0"
	playbackRule        = "------------------------------------------------"
	playbackColumnNames = "Delay1(ms),Loss1(%),Bandwidth1(Mbps),Delay2(ms),Loss2(%),Bandwidth2(Mbps)"
)

// columnFields name the columns in errors.
var columnFields = [playbackColumns]string{"Delay1", "Loss1", "Bandwidth1", "Delay2", "Loss2", "Bandwidth2"}

// The columns of the bandwidths.
const (
	forwardBandwidth = 2
	reverseBandwidth = 5
)

func (r *Row) cells() [playbackColumns]float64 {
	f, b := &r.Forward, &r.Reverse
	return [...]float64{f.DelayMs, f.LossPercent, f.BandwidthMbps, b.DelayMs, b.LossPercent, b.BandwidthMbps}
}

func rowOf(c [playbackColumns]float64) Row {
	return Row{Conditions{c[0], c[1], c[2]}, Conditions{c[3], c[4], c[5]}}
}

// WithDefaults spells out every setting that p leaves open.
func (p Playback) WithDefaults() Playback {
	if p.IntervalS == 0 {
		p.IntervalS = defaultIntervalS
	}
	if p.PacketBytes == 0 {
		p.PacketBytes = defaultPacketBytes
	}
	if p.Switch == [playbackColumns]bool{} {
		p.Switch = [playbackColumns]bool{true, true, true, true, true, true}
	}
	return p
}

// Validate reports the first thing that makes the file unplayable.
func (p *Playback) Validate() *FormatError {
	c := p.WithDefaults()
	if err := checkOne(c.IntervalS, 1e-3, 3600, "give seconds, such as 0.1"); err != nil {
		err.Field = "Interval(sec)"
		return err
	}
	if c.PacketBytes < 1 || c.PacketBytes > 65_535 {
		return &FormatError{Field: "Packet Size(byte)", Value: strconv.Itoa(c.PacketBytes), Problem: "is no size of a packet", Remedy: "give bytes, such as 500"}
	}
	n := len(c.Rows)
	switch {
	case n == 0:
		return &FormatError{Field: "rows", Problem: "are missing", Remedy: "write rows of " + playbackColumnNames}
	case float64(n)*c.IntervalS*1000 > MaxTimeMs || n > MaxSegments:
		return &FormatError{Field: "rows", Value: strconv.Itoa(n) + " rows", Problem: "are too many", Remedy: "split the file"}
	}
	var alive [playbackColumns]bool
	for i := range c.Rows {
		cells := c.Rows[i].cells()
		for k, x := range cells {
			if err := checkCell(k, x); err != nil {
				err.Field = fmt.Sprintf("rows[%d].%s", i, err.Field)
				return err
			}
			alive[k] = alive[k] || x > 0
		}
	}
	for _, k := range []int{forwardBandwidth, reverseBandwidth} {
		if c.Switch[k] && !alive[k] {
			return &FormatError{Field: columnFields[k], Problem: "is 0 in every row: nothing would ever arrive", Remedy: "give a bandwidth above 0 somewhere, or switch the column off"}
		}
	}
	return nil
}

// checkCell checks one number of a column.
func checkCell(column int, x float64) *FormatError {
	most, remedy := float64(MaxDelayMs), "give milliseconds"
	switch column % 3 {
	case 1:
		most, remedy = 100, "give percent"
	case 2:
		most, remedy = MaxKbps/1000, "give Mbit/s, 0 for an outage"
	}
	err := checkOne(x, 0, most, remedy)
	if err != nil {
		err.Field = columnFields[column]
	}
	return err
}

// lossAverage is the mean of both directions' losses, as the device's header
// has it.
func (p *Playback) lossAverage() float64 {
	sum := 0.0
	for _, r := range p.Rows {
		sum += r.Forward.LossPercent + r.Reverse.LossPercent
	}
	return sum / float64(2*max(len(p.Rows), 1))
}

// Write writes the file; [ParsePlayback] reads the same back, with defaults
// spelt out.
func (p *Playback) Write(w io.Writer) error {
	c := p.WithDefaults()
	out := bufio.NewWriter(w)
	reordering := "False"
	if c.Reordering {
		reordering = "True"
	}
	fmt.Fprintf(out, "%s\nInterval(sec): %v\nPacket Size(byte): %d\nLoss Average: %.2f\nEnable Reordering: %s\nContents: %s\nSwitch: ",
		playbackTitle, c.IntervalS, c.PacketBytes, c.lossAverage(), reordering, playbackColumnNames)
	for k, on := range c.Switch {
		out.WriteString(separator(k))
		if on {
			out.WriteByte('1')
		} else {
			out.WriteByte('0')
		}
	}
	out.WriteString("\n" + playbackRule + "\n")
	var number []byte
	for i := range c.Rows {
		for k, x := range c.Rows[i].cells() {
			number = strconv.AppendFloat(number[:0], x, 'f', -1, 64)
			out.WriteString(separator(k))
			out.Write(number)
		}
		out.WriteByte('\n')
	}
	return out.Flush()
}

func separator(column int) string {
	if column == 0 {
		return ""
	}
	return ","
}

// Trace is the trace of a valid p. A bandwidth of 0 holds packets back; it
// loses none.
func (p Playback) Trace() Trace {
	p = p.WithDefaults()
	t := Trace{Format: FormatPlayback, Reordering: p.Reordering}
	t.Forward.LengthMs = math.Round(float64(len(p.Rows))*p.IntervalS*1e6) / 1000
	t.Reverse.LengthMs = t.Forward.LengthMs
	for i := range p.Rows {
		at := math.Round(float64(i)*p.IntervalS*1e6) / 1000
		for k, x := range p.Rows[i].cells() {
			if !p.Switch[k] {
				continue
			}
			d := &t.Forward
			if k >= playbackColumns/2 {
				d = &t.Reverse
			}
			switch k % 3 {
			case 0:
				d.DelayMs.add(at, x)
			case 1:
				d.LossShare.add(at, x/100)
			case 2:
				d.Kbps.add(at, x*1000)
			}
		}
	}
	return t
}

// Package pickle reads Python's pickles as data: numbers, texts and collections,
// and which calls would have built the rest. Nothing is called, imported or
// otherwise run.
//
// The opcodes are those of Python's pickletools, protocols 2 to 5, as far as
// NumPy and PyTorch use them.
package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// A value is nil, bool, int64, float64, string, []byte, Tuple, *List, *Dict,
// Global, *Call or Persistent.
type (
	// Tuple is a tuple.
	Tuple []any
	// List is a list.
	List struct{ Items []any }
	// Dict is a dict, in its order.
	Dict struct{ Keys, Values []any }
	// Global is a class or function by its name.
	Global struct{ Module, Name string }
	// Call is what a function or class would have been called with, the state
	// that would have been set, and, of a mapping or a list, what would have
	// been put into it.
	Call struct {
		Func  Global
		Args  Tuple
		State any
		Dict  Dict
		List  List
	}
	// Persistent refers to something outside.
	Persistent struct{ ID any }
)

// Get returns the value of a key, or nil.
func (d *Dict) Get(key any) any {
	for i, k := range d.Keys {
		if k == key {
			return d.Values[i]
		}
	}
	return nil
}

// maxValues bounds what one pickle holds.
const maxValues = 1 << 24

// mark begins a group on the stack.
type mark struct{}

// decoder runs one pickle.
type decoder struct {
	text  []byte
	at    int
	stack []any
	memo  map[uint64]any
	steps int
}

// Decode reads the first pickle of a text.
func Decode(text []byte) (any, error) {
	d := &decoder{text: text, memo: map[uint64]any{}}
	value, err := d.run()
	if err != nil {
		return nil, fmt.Errorf("pickle: byte %d: %w", d.at, err)
	}
	return value, nil
}

func (d *decoder) run() (any, error) {
	for {
		op, err := d.take(1)
		if err != nil {
			return nil, err
		}
		if d.steps++; d.steps > maxValues {
			return nil, fmt.Errorf("it has more than %d steps", maxValues)
		}
		if op[0] == '.' {
			return d.pop()
		}
		if err := d.step(op[0]); err != nil {
			return nil, err
		}
	}
}

// step does one opcode.
func (d *decoder) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		_, err := d.take(1)
		return err
	case 0x95: // FRAME
		_, err := d.take(8)
		return err
	case 'N', 0x88, 0x89, ']', '}', ')', '(':
		d.push(map[byte]func() any{
			'N': func() any { return nil }, 0x88: func() any { return true }, 0x89: func() any { return false },
			']': func() any { return new(List) }, '}': func() any { return new(Dict) }, ')': func() any { return Tuple{} }, '(': func() any { return mark{} },
		}[op]())
		return nil
	case 'K', 'M', 'J', 0x8a, 'G':
		return d.number(op)
	case 'X', 0x8c, 0x8d, 'U', 'T', 'C', 'B', 0x8e:
		return d.bytes(op)
	case 'q', 'r', 0x94, 'h', 'j':
		return d.remember(op)
	case 'a', 'e', 's', 'u', 't', 0x85, 0x86, 0x87, '0':
		return d.collect(op)
	case 'c', 0x93, 'R', 0x81, 'b', 'Q':
		return d.object(op)
	}
	return fmt.Errorf("it has the opcode 0x%02x, which is not read here", op)
}

func (d *decoder) take(n int) ([]byte, error) {
	if n < 0 || n > len(d.text)-d.at {
		return nil, fmt.Errorf("it ends early")
	}
	d.at += n
	return d.text[d.at-n : d.at], nil
}

func (d *decoder) line() (string, error) {
	rest := d.text[d.at:]
	i := strings.IndexByte(string(rest[:min(len(rest), 4096)]), '\n')
	if i < 0 {
		return "", fmt.Errorf("it ends early")
	}
	d.at += i + 1
	return string(rest[:i]), nil
}

func (d *decoder) push(v any) { d.stack = append(d.stack, v) }

func (d *decoder) pop() (any, error) {
	if len(d.stack) == 0 {
		return nil, fmt.Errorf("its stack is empty")
	}
	v := d.stack[len(d.stack)-1]
	d.stack = d.stack[:len(d.stack)-1]
	return v, nil
}

// popMark takes what is above the last mark.
func (d *decoder) popMark() ([]any, error) {
	for i := len(d.stack) - 1; i >= 0; i-- {
		if _, ok := d.stack[i].(mark); ok {
			items := append([]any(nil), d.stack[i+1:]...)
			d.stack = d.stack[:i]
			return items, nil
		}
	}
	return nil, fmt.Errorf("its stack has no mark")
}

// little reads a little-endian number of up to 8 bytes.
func (d *decoder) little(n int) (uint64, error) {
	b, err := d.take(n)
	if err != nil {
		return 0, err
	}
	var whole [8]byte
	copy(whole[:], b)
	return binary.LittleEndian.Uint64(whole[:]), nil
}

func (d *decoder) number(op byte) error {
	switch op {
	case 'G': // BINFLOAT is big-endian
		b, err := d.take(8)
		if err == nil {
			d.push(math.Float64frombits(binary.BigEndian.Uint64(b)))
		}
		return err
	case 0x8a: // LONG1: two's complement of any length
		n, err := d.little(1)
		if err != nil {
			return err
		}
		if n > 8 {
			return fmt.Errorf("it has a number of %d bytes", n)
		}
		x, err := d.little(int(n))
		if n > 0 && n < 8 && x>>(8*n-1) != 0 {
			x |= ^uint64(0) << (8 * n)
		}
		d.push(int64(x))
		return err
	}
	size := map[byte]int{'K': 1, 'M': 2, 'J': 4}[op]
	x, err := d.little(size)
	if op == 'J' {
		d.push(int64(int32(x)))
	} else {
		d.push(int64(x))
	}
	return err
}

func (d *decoder) bytes(op byte) error {
	size := map[byte]int{'X': 4, 0x8c: 1, 0x8d: 8, 'U': 1, 'T': 4, 'C': 1, 'B': 4, 0x8e: 8}[op]
	n, err := d.little(size)
	if err != nil {
		return err
	}
	if n > uint64(len(d.text)) {
		return fmt.Errorf("it ends early")
	}
	b, err := d.take(int(n))
	if op == 'C' || op == 'B' || op == 0x8e {
		d.push(b)
	} else {
		d.push(string(b)) // Python 2's bytes too: its texts are.
	}
	return err
}

// remember puts into the memo, or takes from it.
func (d *decoder) remember(op byte) error {
	var at uint64
	var err error
	switch op {
	case 0x94:
		at = uint64(len(d.memo))
	case 'q', 'h':
		at, err = d.little(1)
	default:
		at, err = d.little(4)
	}
	if err != nil {
		return err
	}
	if op == 'h' || op == 'j' {
		v, ok := d.memo[at]
		if !ok {
			return fmt.Errorf("it refers to memo %d, which is not there", at)
		}
		d.push(v)
		return nil
	}
	if len(d.stack) == 0 {
		return fmt.Errorf("its stack is empty")
	}
	d.memo[at] = d.stack[len(d.stack)-1]
	return nil
}

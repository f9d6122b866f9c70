package pickle

import "fmt"

// collect fills lists, dicts and tuples.
func (d *decoder) collect(op byte) error {
	if op == '0' {
		_, err := d.pop()
		return err
	}
	count := map[byte]int{'a': 1, 's': 2, 0x85: 1, 0x86: 2, 0x87: 3}[op]
	var items []any
	var err error
	if count == 0 {
		items, err = d.popMark()
	} else if len(d.stack) < count {
		err = fmt.Errorf("its stack is empty")
	} else {
		items = append(items, d.stack[len(d.stack)-count:]...)
		d.stack = d.stack[:len(d.stack)-count]
	}
	if err != nil {
		return err
	}
	switch op {
	case 't', 0x85, 0x86, 0x87:
		d.push(Tuple(items))
		return nil
	}
	if len(d.stack) == 0 {
		return fmt.Errorf("its stack is empty")
	}
	top := d.stack[len(d.stack)-1]
	if op == 'a' || op == 'e' {
		switch to := top.(type) {
		case *List:
			to.Items = append(to.Items, items...)
		case *Call:
			to.List.Items = append(to.List.Items, items...)
		default:
			return fmt.Errorf("it appends to %T", top)
		}
		return nil
	}
	to, ok := top.(*Dict)
	if call, is := top.(*Call); is {
		to, ok = &call.Dict, true
	}
	if !ok || len(items)%2 != 0 {
		return fmt.Errorf("it sets %d items of %T", len(items), top)
	}
	for i := 0; i < len(items); i += 2 {
		switch items[i].(type) {
		case bool, int64, float64, string:
		default:
			return fmt.Errorf("it has a key of %T", items[i])
		}
		to.Keys, to.Values = append(to.Keys, items[i]), append(to.Values, items[i+1])
	}
	return nil
}

// object notes down names, calls and states.
func (d *decoder) object(op byte) error {
	if op == 'c' {
		module, err := d.line()
		if err != nil {
			return err
		}
		name, err := d.line()
		d.push(Global{module, name})
		return err
	}
	second, err := d.pop()
	if err != nil {
		return err
	}
	if op == 'Q' {
		d.push(Persistent{second})
		return nil
	}
	first, err := d.pop()
	if err != nil {
		return err
	}
	switch op {
	case 0x93: // STACK_GLOBAL
		module, ok := first.(string)
		name, ok2 := second.(string)
		if !ok || !ok2 {
			return fmt.Errorf("it names %T.%T", first, second)
		}
		d.push(Global{module, name})
	case 'R', 0x81: // REDUCE, NEWOBJ
		function, ok := first.(Global)
		args, ok2 := second.(Tuple)
		if !ok || !ok2 {
			return fmt.Errorf("it calls %T with %T", first, second)
		}
		d.push(&Call{Func: function, Args: args})
	case 'b': // BUILD
		call, ok := first.(*Call)
		if !ok {
			return fmt.Errorf("it sets the state of %T", first)
		}
		call.State = second
		d.push(call)
	}
	return nil
}

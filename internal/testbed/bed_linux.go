package testbed

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// bed is two network namespaces with a bottleneck from the first to the
// second.
type bed struct {
	sender, receiver *socket
	links            *netlink.Handle // of the sender's namespace
	bucket           netlink.Tbf
	burst            uint32
}

// The ends' addresses, of the block for documentation (RFC 5737).
var addresses = [2]net.IP{net.IPv4(192, 0, 2, 1).To4(), net.IPv4(192, 0, 2, 2).To4()}

const port = 5004

// openBed makes one. Where it cannot, for want of rights or of what a kernel
// needs, the error is an *Unavailable.
func openBed(kbps float64, limitBytes, burstBytes int) (*bed, error) {
	type result struct {
		bed *bed
		err error
	}
	done := make(chan result)
	go func() {
		// Namespaces are a thread's. This one returns to its own, and where it
		// cannot it ends with the goroutine, since it stays locked.
		runtime.LockOSThread()
		origin, err := netns.Get()
		if err != nil {
			done <- result{nil, unavailable("find its own network namespace", err)}
			return
		}
		b := &bed{burst: uint32(burstBytes)}
		err = b.open(kbps, limitBytes)
		if netns.Set(origin) == nil {
			runtime.UnlockOSThread()
		}
		origin.Close()
		if err != nil {
			b.Close()
			b = nil
		}
		done <- result{b, err}
	}()
	r := <-done
	return r.bed, r.err
}

func (b *bed) open(kbps float64, limitBytes int) error {
	var ends [2]netns.NsHandle
	for i := range ends {
		var err error
		if ends[i], err = netns.New(); err != nil {
			return unavailable("make a network namespace", err)
		}
		defer ends[i].Close()
		// IPv6 would send packets of its own. Where it cannot be turned off it
		// is not there, or they do little harm.
		_ = os.WriteFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", []byte("1"), 0)
	}
	var handles [2]*netlink.Handle
	for i := range ends {
		var err error
		if handles[i], err = netlink.NewHandleAt(ends[i], unix.NETLINK_ROUTE); err != nil {
			return unavailable("talk to the kernel by netlink", err)
		}
		if i == 0 {
			b.links = handles[i] // Close closes it.
		} else {
			defer handles[i].Close()
		}
	}
	names := [2]string{"sender", "receiver"}
	pair := netlink.NewVeth(netlink.LinkAttrs{Name: names[0]})
	pair.PeerName, pair.PeerNamespace = names[1], netlink.NsFd(ends[1])
	if err := handles[0].LinkAdd(pair); err != nil {
		return unavailable("make a pair of virtual Ethernet devices", err)
	}
	var links [2]netlink.Link
	for i, h := range handles {
		var err error
		if links[i], err = h.LinkByName(names[i]); err == nil {
			err = h.AddrAdd(links[i], &netlink.Addr{IPNet: &net.IPNet{IP: addresses[i], Mask: net.CIDRMask(30, 32)}})
		}
		if err == nil {
			err = h.LinkSetUp(links[i])
		}
		if err != nil {
			return unavailable("set up a virtual Ethernet device", err)
		}
	}
	for i, h := range handles {
		// No ARP packets take part.
		if err := h.NeighSet(&netlink.Neigh{
			LinkIndex: links[i].Attrs().Index, State: netlink.NUD_PERMANENT, IP: addresses[1-i], HardwareAddr: links[1-i].Attrs().HardwareAddr,
		}); err != nil {
			return unavailable("tell an end of the other's address", err)
		}
	}
	b.bucket = netlink.Tbf{
		QdiscAttrs: netlink.QdiscAttrs{LinkIndex: links[0].Attrs().Index, Handle: netlink.MakeHandle(1, 0), Parent: netlink.HANDLE_ROOT},
		Limit:      uint32(limitBytes),
	}
	b.setBucket(kbps)
	if err := b.links.QdiscAdd(&b.bucket); err != nil {
		return unavailable("make a token bucket (tbf)", err)
	}
	return b.listen(ends)
}

func (b *bed) listen(ends [2]netns.NsHandle) error {
	for i, s := range []**socket{&b.sender, &b.receiver} {
		err := netns.Set(ends[i])
		if err == nil {
			*s, err = openSocket(addresses[i], addresses[1-i])
		}
		if err != nil {
			return fmt.Errorf("testbed: cannot open a socket: %w", err)
		}
	}
	return nil
}

// start sets both ends' clock to 0.
func (b *bed) start() {
	now := time.Now()
	b.sender.begin, b.receiver.begin = now, now
}

// setBucket computes the parameters for a rate. The bucket's depth is given as
// the time in which it fills.
func (b *bed) setBucket(kbps float64) {
	b.bucket.Rate = uint64(kbps * 1000 / 8)
	b.bucket.Buffer = netlink.Xmittime(b.bucket.Rate, b.burst)
}

// setRate changes the bottleneck's rate now. The kernel also fills the bucket.
func (b *bed) setRate(kbps float64) error {
	b.setBucket(kbps)
	if err := b.links.QdiscChange(&b.bucket); err != nil {
		return fmt.Errorf("testbed: cannot change the token bucket: %w", err)
	}
	return nil
}

// Close gives everything back: with the last socket the namespaces end, and
// the devices with them.
func (b *bed) Close() {
	for _, s := range []*socket{b.sender, b.receiver} {
		if s != nil {
			s.Close()
		}
	}
	if b.links != nil {
		b.links.Close()
	}
}

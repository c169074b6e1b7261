package pcaptest

import (
	"fmt"
	"hash/fnv"
	"strings"
)

// message is a text of a start line, headers (with their continuation lines)
// and body lines.
type message struct {
	start   string
	headers []string
	body    []string
	without []string // names of headers that "-Name" leaves out
}

// compact forms of RFC 3261 §7.3.3, and those that came later.
var longNames = map[string]string{
	"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact",
	"l": "content-length", "c": "content-type", "e": "content-encoding",
	"s": "subject", "k": "supported", "o": "event", "r": "refer-to", "b": "referred-by", "u": "allow-events",
}

// nameOf returns a header's long name in lower case; "" when there is no colon.
func nameOf(header string) string {
	name, _, ok := strings.Cut(header, ":")
	if !ok {
		return ""
	}
	name = strings.ToLower(strings.TrimSpace(name))
	if long, ok := longNames[name]; ok {
		return long
	}
	return name
}

func valueOf(header string) string {
	_, value, _ := strings.Cut(header, ":")
	return strings.TrimSpace(value)
}

// newMessage reads lines; the first is the start line unless there is a base
// message whose headers and body the lines change.
func newMessage(base *message, lines []string) *message {
	m := &message{}
	head := lines
	for i, line := range lines {
		if line == "" {
			head, m.body = lines[:i], lines[i+1:]
			break
		}
	}
	if len(head) > 0 && (base == nil || isStart(head[0])) {
		m.start, head = head[0], head[1:]
	}
	for _, line := range head {
		switch n := len(m.headers); {
		case strings.HasPrefix(line, "-"):
			m.without = append(m.without, nameOf(line[1:]+":"))
		case n > 0 && (line[0] == ' ' || line[0] == '\t'):
			m.headers[n-1] += "\r\n" + line
		default:
			m.headers = append(m.headers, line)
		}
	}
	if base != nil {
		return base.changed(m)
	}
	return m
}

// isStart tells a start line from a header.
func isStart(line string) bool {
	return strings.HasSuffix(line, " SIP/2.0") || strings.HasPrefix(line, "SIP/2.0 ")
}

// changed returns the message with another's headers in place of those of the
// same names, and its start line and body if there are any.
func (m *message) changed(by *message) *message {
	out := &message{start: m.start, body: m.body, without: append(m.without, by.without...)}
	if by.start != "" {
		out.start = by.start
	}
	if len(by.body) > 0 || contains(by.without, "body") {
		out.body = by.body
	}
	news := map[string][]string{}
	for _, h := range by.headers {
		news[nameOf(h)] = append(news[nameOf(h)], h)
	}
	placed := map[string]bool{}
	for _, h := range m.headers {
		name := nameOf(h)
		switch {
		case len(news[name]) == 0:
			out.headers = append(out.headers, h)
		case !placed[name]:
			out.headers = append(out.headers, news[name]...)
			placed[name] = true
		}
	}
	for _, h := range by.headers {
		if !placed[nameOf(h)] {
			out.headers = append(out.headers, h)
		}
	}
	return out
}

// get returns the value of the first header of a name.
func (m *message) get(name string) string {
	for _, h := range m.headers {
		if nameOf(h) == name {
			return valueOf(h)
		}
	}
	return ""
}

// text returns the message with line ends, and with the headers about its
// body that were left to be added.
func (m *message) text(eol string) string {
	body := ""
	for _, line := range m.body {
		body += line + eol
	}
	isSIP := strings.Contains(strings.ToUpper(m.start), "SIP/2.0")
	length := fmt.Sprintf("Content-Length: %d", len(body))
	out := m.start + eol
	has := map[string]bool{}
	for _, name := range m.without {
		has[name] = true
	}
	for _, h := range m.headers {
		name := nameOf(h)
		if contains(m.without, name) {
			continue
		}
		if name == "content-length" && strings.EqualFold(valueOf(h), "auto") {
			h, _, _ = strings.Cut(h, ":")
			h = fmt.Sprintf("%s: %d", h, len(body))
		}
		has[name] = true
		out += strings.ReplaceAll(h, "\r\n", eol) + eol
	}
	if isSIP && !has["content-type"] && strings.HasPrefix(body, "v=0") {
		out += "Content-Type: application/sdp" + eol
	}
	if isSIP && !has["content-length"] {
		out += length + eol
	}
	return out + eol + body
}

func contains(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// readMessage reads what text made.
func readMessage(text string) *message {
	return newMessage(nil, strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n"))
}

// status is the code of a response, "" for a request.
func (m *message) status() string {
	if f := strings.Fields(m.start); len(f) > 1 && strings.EqualFold(f[0], "SIP/2.0") {
		return f[1]
	}
	return ""
}

// method is that of a request, or of the request a response answers.
func (m *message) method() string {
	f := strings.Fields(m.get("cseq"))
	if len(f) == 0 {
		f = append(strings.Fields(m.start), "")
		return f[0]
	}
	return f[len(f)-1]
}

// mark is a short text that depends on its parts alone, for tags and branches.
func mark(parts ...string) string {
	h := fnv.New32a()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return fmt.Sprintf("%08x", h.Sum32())
}

package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// writeJSON writes the documented interface.
func writeJSON(w io.Writer, r *Report, _ Options) error {
	r.Normalize()
	return jsonDocument(w, reflect.ValueOf(r).Elem())
}

// jsonDocument writes a struct. Its lists are encoded entry by entry, so that a
// hundred thousand streams never stand in memory as text.
func jsonDocument(w io.Writer, v reflect.Value) error {
	out := bufio.NewWriterSize(w, 1<<16)
	sep := "{"
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		fmt.Fprintf(out, "%s\n  %q: ", sep, name)
		sep = ","
		if err := jsonField(out, v.Field(i)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	out.WriteString("\n}\n")
	return out.Flush()
}

func jsonField(out *bufio.Writer, v reflect.Value) error {
	var buf bytes.Buffer
	if v.Kind() != reflect.Slice {
		return jsonValue(out, &buf, v, "  ")
	}
	if v.Len() == 0 {
		_, err := out.WriteString("[]")
		return err
	}
	sep := "["
	for i := range v.Len() {
		out.WriteString(sep + "\n    ")
		sep = ","
		if err := jsonValue(out, &buf, v.Index(i), "    "); err != nil {
			return err
		}
	}
	_, err := out.WriteString("\n  ]")
	return err
}

func jsonValue(out *bufio.Writer, buf *bytes.Buffer, v reflect.Value, prefix string) error {
	buf.Reset()
	enc := json.NewEncoder(buf)
	enc.SetIndent(prefix, "  ")
	if err := enc.Encode(v.Addr().Interface()); err != nil {
		return err
	}
	return jsonVisible(out, bytes.TrimSuffix(buf.Bytes(), []byte("\n")))
}

// jsonVisible writes b, which is JSON, with what Escape would not show as \u
// escapes: encoding/json lets DEL, C1 controls and bidi overrides through.
// Outside of its strings JSON is ASCII.
func jsonVisible(out *bufio.Writer, b []byte) error {
	var err error
	from := 0
	for i := 0; i < len(b); {
		r, n := rune(b[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(b[i:])
		}
		if r >= ' ' && r < 0x7f || r == '\n' || r > 0x7f && visible(r) {
			i += n
			continue
		}
		out.Write(b[from:i])
		if hi, lo := utf16.EncodeRune(r); hi != utf8.RuneError {
			_, err = fmt.Fprintf(out, `\u%04x\u%04x`, hi, lo)
		} else {
			_, err = fmt.Fprintf(out, `\u%04x`, r)
		}
		i += n
		from = i
	}
	if _, werr := out.Write(b[from:]); werr != nil {
		return werr
	}
	return err
}

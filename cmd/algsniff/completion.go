package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

func completionCommand() *command {
	return &command{
		name:    "completion",
		args:    "bash|zsh|fish",
		summary: "completion script for a shell",
		about:   "Writes a script that lets the shell complete commands, flags and file names.\n",
		examples: `  algsniff completion bash > ~/.local/share/bash-completion/completions/algsniff
  algsniff completion zsh > "${fpath[1]}/_algsniff"
  algsniff completion fish > ~/.config/fish/completions/algsniff.fish
`,
		words: []string{"bash", "zsh", "fish"},
		flags: func(*pflag.FlagSet) runFunc {
			return func(_ context.Context, p *program, args []string) (int, error) {
				if len(args) != 1 {
					return 0, usage("completion needs the name of a shell", "algsniff completion bash, zsh or fish")
				}
				switch args[0] {
				case "bash":
					return exitClean, bashCompletion(p.out, commands())
				case "zsh":
					return exitClean, zshCompletion(p.out, commands())
				case "fish":
					return exitClean, fishCompletion(p.out, commands())
				}
				return 0, usage(fmt.Sprintf("no completion for %q", args[0]), "there is one for bash, zsh and fish")
			}
		},
	}
}

// eachFlag calls fn for the flags of a command. The words are what the flag
// takes; nil stands for anything, for which only --output wants file names.
func (c *command) eachFlag(fn func(f *pflag.Flag, words []string)) {
	fs := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
	fs.SortFlags = false
	c.flags(fs)
	fs.BoolP("help", "h", false, "show this help")
	fs.VisitAll(func(f *pflag.Flag) {
		var words []string
		if v, ok := f.Value.(*choice); ok {
			words = v.words
		}
		fn(f, words)
	})
}

func takesValue(f *pflag.Flag) bool { return f.NoOptDefVal == "" }

func bashCompletion(w io.Writer, list []*command) error {
	var b strings.Builder
	fmt.Fprintf(&b, `# bash completion for algsniff
_algsniff() {
	local IFS=$'\n' cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd=%s words=
	# bash takes --flag=value for three words
	if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi
	if ((COMP_CWORD > 1)); then
		case ${COMP_WORDS[1]} in
		%s) cmd=${COMP_WORDS[1]} ;;
		esac
	fi
	case "$cmd $prev" in
`, list[0].name, strings.Join(commandNames(), "|"))
	for _, c := range list {
		c.eachFlag(func(f *pflag.Flag, words []string) {
			if !takesValue(f) {
				return
			}
			pattern := fmt.Sprintf("%q", c.name+" --"+f.Name)
			if f.Shorthand != "" {
				pattern += fmt.Sprintf(" | %q", c.name+" -"+f.Shorthand)
			}
			do := "return"
			if words != nil {
				do = fmt.Sprintf("COMPREPLY=($(compgen -W $'%s' -- \"$cur\")); return", strings.Join(words, `\n`))
			}
			fmt.Fprintf(&b, "\t%s) %s ;;\n", pattern, do)
		})
	}
	b.WriteString("\tesac\n\tif [[ $cur == -* ]]; then\n\t\tcase $cmd in\n")
	for _, c := range list {
		var flags []string
		c.eachFlag(func(f *pflag.Flag, _ []string) { flags = append(flags, "--"+f.Name) })
		fmt.Fprintf(&b, "\t\t%s) words=$'%s' ;;\n", c.name, strings.Join(flags, `\n`))
	}
	fmt.Fprintf(&b, "\t\tesac\n\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\")); return\n\tfi\n\tif ((COMP_CWORD == 1)); then\n"+
		"\t\tCOMPREPLY=($(compgen -W $'%s' -- \"$cur\") $(compgen -f -- \"$cur\")); return\n\tfi\n\tcase $cmd in\n",
		strings.Join(commandNames(), `\n`))
	for _, c := range list {
		if c.words != nil {
			also := ""
			if c.files {
				also = ` $(compgen -f -- "$cur")`
			}
			fmt.Fprintf(&b, "\t%s) COMPREPLY=($(compgen -W $'%s' -- \"$cur\")%s) ;;\n", c.name, strings.Join(c.words, `\n`), also)
		}
	}
	b.WriteString("\t*) COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n\tesac\n}\ncomplete -o filenames -o default -F _algsniff algsniff\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func zshCompletion(w io.Writer, list []*command) error {
	var b strings.Builder
	b.WriteString("#compdef algsniff\n\n_algsniff() {\n\tlocal cmd=" + list[0].name + "\n\tlocal -a list\n\tlist=(\n")
	for _, c := range list {
		fmt.Fprintf(&b, "\t\t%s\n", shellQuote(c.name+":"+c.summary))
	}
	fmt.Fprintf(&b, "\t)\n\tif (( CURRENT == 2 )) && [[ $PREFIX != -* ]]; then\n\t\t_describe command list\n\t\t_files\n\t\treturn\n\tfi\n"+
		"\tcase $words[2] in\n\t%s) cmd=$words[2]; shift words; (( CURRENT-- )) ;;\n\tesac\n\tcase $cmd in\n", strings.Join(commandNames(), "|"))
	for _, c := range list {
		fmt.Fprintf(&b, "\t%s) _arguments -s -S", c.name)
		c.eachFlag(func(f *pflag.Flag, words []string) {
			names := "--" + f.Name
			if takesValue(f) {
				names += "="
			}
			spec := shellQuote("*" + names + zshAbout(f, words))
			b.WriteString(" \\\n\t\t" + spec)
			if f.Shorthand != "" {
				b.WriteString(" \\\n\t\t" + shellQuote("*-"+f.Shorthand+zshAbout(f, words)))
			}
		})
		last := "*:file:_files"
		if c.words != nil {
			last = "1:argument:(" + strings.Join(c.words, " ") + ")"
		}
		if c.files {
			b.WriteString(" \\\n\t\t" + shellQuote(last))
			last = "*:file:_files"
		}
		b.WriteString(" \\\n\t\t" + shellQuote(last) + " ;;\n")
	}
	b.WriteString("\tesac\n}\n\n_algsniff \"$@\"\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// zshAbout is what _arguments wants to know of a flag behind its name.
func zshAbout(f *pflag.Flag, words []string) string {
	about := "[" + strings.NewReplacer("[", "(", "]", ")", ":", "", "`", "").Replace(f.Usage) + "]"
	switch {
	case words != nil:
		return about + ":" + f.Name + ":(" + strings.Join(words, " ") + ")"
	case f.Name == "output":
		return about + ":file:_files"
	case takesValue(f):
		return about + ":" + f.Name + ": "
	}
	return about
}

func fishCompletion(w io.Writer, list []*command) error {
	var b strings.Builder
	b.WriteString("# fish completion for algsniff\n")
	var others []string
	for _, c := range list {
		fmt.Fprintf(&b, "complete -c algsniff -n __fish_use_subcommand -a %s -d %s\n", c.name, shellQuote(c.summary))
		if c != list[0] {
			others = append(others, c.name)
		}
	}
	for i, c := range list {
		when := "__fish_seen_subcommand_from " + c.name
		if i == 0 { // run also where no command is named
			when = "not __fish_seen_subcommand_from " + strings.Join(others, " ")
		}
		if c.words != nil {
			only := " -f"
			if c.files {
				only = ""
			}
			fmt.Fprintf(&b, "complete -c algsniff -n %s%s -a %s\n", shellQuote(when), only, shellQuote(strings.Join(c.words, " ")))
		}
		c.eachFlag(func(f *pflag.Flag, words []string) {
			fmt.Fprintf(&b, "complete -c algsniff -n %s -l %s", shellQuote(when), f.Name)
			if f.Shorthand != "" {
				b.WriteString(" -s " + f.Shorthand)
			}
			switch {
			case words != nil:
				b.WriteString(" -x -a " + shellQuote(strings.Join(words, " ")))
			case f.Name == "output":
				b.WriteString(" -r")
			case takesValue(f):
				b.WriteString(" -x")
			}
			fmt.Fprintf(&b, " -d %s\n", shellQuote(strings.ReplaceAll(f.Usage, "`", "")))
		})
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

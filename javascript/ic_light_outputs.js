// What the light of a panel becomes elsewhere: words in the tab's prompt, a command, an API request, a file of a set-up;
// and a set-up out of a file.
//
// new ICLight.Outputs(panel); its methods without arguments are what the actions of the editor's fold do.

(function () {
    "use strict";

    const COPIED = {
        words: "Copied: the light in words.",
        command: "Copied: a command for a terminal.",
        line: "Copied: a line for a table of pictures.",
        txt2img: "Copied: the body of a request to /sdapi/v1/txt2img.",
        img2img: "Copied: the body of a request to /sdapi/v1/img2img.",
    };

    const DARK = "IC-Light: no lamp shines: switch one on, or add one.";

    class Outputs {
        constructor(panel) {
            this.panel = panel;
            // What was put into the prompt, what is asked for, and what was dropped.
            this.words = "";
            this.asking = "";
            this.dropped = null;
        }

        get editor() {
            return this.panel.editor;
        }

        /** In the page's language, where that is one of those that there are words in. */
        get language() {
            const said = window.ICLight.elements.translate(window.ICLight.actions.byName.putWords.title);
            // Japanese has Han characters too.
            return /\p{Script=Han}/u.test(said) && !/\p{Script=Hiragana}/u.test(said) ? "zh" : "en";
        }

        /** Put the lamps into the prompt, in place of those that this put there before; where there is none, copy them. */
        putWords() {
            const { lamps, ambient, shownProportion } = this.editor;
            const words = window.ICLight.words.describeLamps(lamps, ambient, this.language, shownProportion);
            const earlier = this.words;
            const isPut = this.panel.changePrompt((text) => window.ICLight.prompts.replace(text, earlier, words));
            this.words = isPut ? words : "";
            this.panel.showMessage(words ? "" : DARK);
            if (words && !isPut) this.copy(words, COPIED.words);
        }

        copyCommand() {
            this.ask("command");
        }

        copyLine() {
            this.ask("line");
        }

        copyRequest() {
            this.ask("request");
        }

        /** The controls' values come with a click on a button that nobody sees: every gradio tells them so. */
        ask(kind) {
            this.asking = kind;
            this.panel.getPart("asked").click();
        }

        /** Copy what was asked for. `names` has those of `values`: options, then settings as flags and as fields. */
        write(names, values) {
            const { declared } = this.panel.given;
            const { writeCommand, writeLine, writeBody, readOptions, readSettings } = window.ICLight.requests;
            const options = readOptions(names.options, values, names.keys, this.panel.newest);
            const settings = readSettings(names.settings, values.slice(names.options.length));
            const write = { command: writeCommand, line: writeLine }[this.asking];
            if (write) {
                this.copy(write(options, declared, settings.flags), COPIED[this.asking]);
            } else {
                this.copy(writeBody(options, declared, settings.fields, this.panel.tab), COPIED[this.panel.tab]);
            }
            return [];
        }

        /** Into the clipboard, or for a person to take where the browser allows that to no page. */
        async copy(text, said) {
            try {
                await navigator.clipboard.writeText(text);
                this.panel.showMessage(said);
            } catch {
                this.offer(text);
            }
        }

        /** Show a text, selected. */
        offer(text) {
            const { create, createButton, createWord, createSpace, createRow } = window.ICLight.elements;
            const title = "The browser lets no page copy here: copy it yourself";
            const area = create("textarea", { readonly: "", rows: 10, translate: "no", "aria-label": title });
            area.value = text;
            const close = createButton("Close", () => dialog.close(), createWord("Close"));
            const head = createRow(createWord(title), createSpace(), close);
            const given = { class: "ic-light-help ic-light-offer", "aria-label": title };
            const dialog = create("dialog", given, head, area);
            // Beside the editor: its keys are letters here.
            const around = create("div", { class: "ic-light-editor" }, dialog);
            dialog.addEventListener("close", () => around.remove());
            this.panel.place.append(around);
            dialog.showModal();
            area.select();
        }

        saveSetup() {
            const { values, surface, toolbar } = this.editor;
            const { setups } = window.ICLight;
            const preset = toolbar.cards.shown;
            const name = preset ? preset.label : "Light";
            const setup = { ...surface, name, lamps: values.lamps, ambient_color: values.ambient };
            const file = new Blob([setups.write([setup], this.panel.given.setups)], { type: "application/json" });
            window.ICLight.elements.save("ic-light-setup.json", file);
        }

        openSetup() {
            this.dropped = null;
            this.findInput()?.click();
        }

        findInput() {
            return this.panel.findIn("open_setup", "input[type=file]");
        }

        /** Take a file that was dropped on the picture. */
        openDropped(file) {
            const input = this.findInput();
            if (!input) return;
            this.dropped = file;
            window.ICLight.giveFiles(input, [file]);
        }

        /** The server has read a file, and set the controls, or says why not. A photo without a light is a subject. */
        take(text) {
            const { message, isUnlit } = JSON.parse(text);
            const { dropped } = this;
            this.dropped = null;
            // The page has a place of its own for pictures.
            const { page = this.panel } = window.ICLight;
            if (dropped && isUnlit) page.giveSubject(dropped);
            else this.panel.showMessage(message);
            return [];
        }

        /** Let files be dropped on a place: one is opened, of whatever kind. */
        listen(place) {
            place.addEventListener("dragover", (event) => event.preventDefault());
            place.addEventListener("drop", (event) => {
                const [file, ...others] = event.dataTransfer.files;
                if (!file || others.length) return;
                event.preventDefault();
                event.stopPropagation();
                this.openDropped(file);
            });
        }
    }

    const title = "Copy the line that makes the same picture in a table of many, which ic-light relight takes";
    const copyLine = { name: "copyLine", label: "Copy as line", title, run: (editor) => editor.outputs.copyLine() };

    window.ICLight = Object.assign(window.ICLight || {}, { Outputs });
    window.ICLight.moreActions = Object.assign(window.ICLight.moreActions || {}, { outputs: () => [copyLine] });
})();

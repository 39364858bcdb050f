// A person's own presets: kept by the browser, and as a file to be taken elsewhere.
//
// new ICLight.OwnPresets(check, declared) has a `list` of {label, lamps, ambient, own}; add, rename, remove and read
// change and keep it. `check` gives a preset as it is to be kept, or null and tells why not; `declared` tells what a file
// of set-ups can have (ic_light_setups.js).

(function () {
    "use strict";

    const KEPT_AS = "ic-light-presets";
    const MOST = 48;
    const LONGEST = 40;
    // What no name in a file can have.
    const UNSEEN = /\p{C}|\p{Zl}|\p{Zp}/gu;

    class OwnPresets {
        constructor(check, declared) {
            this.check = check;
            this.declared = declared;
            this.list = this.parse(recall() || "[]");
        }

        /** The presets of a text that can be read. */
        parse(text) {
            let given;
            try {
                given = JSON.parse(text);
            } catch {
                return [];
            }
            if (!Array.isArray(given)) return [];
            const plain = given.filter((one) => one && typeof one.lamps === "string" && typeof one.label === "string");
            return plain.slice(0, MOST).map((one) => this.make(one)).filter(Boolean);
        }

        make({ label, lamps, ambient }) {
            const name = label.replace(UNSEEN, "").trim().slice(0, LONGEST);
            const checked = name && this.check({ lamps, ambient: String(ambient ?? "#000000") });
            return checked ? { ...checked, label: name, own: true } : null;
        }

        /** One of the same name gives way. */
        add(...presets) {
            const made = presets.map((preset) => this.make(preset)).filter(Boolean);
            const names = new Set(made.map(({ label }) => label));
            this.keep([...this.list.filter(({ label }) => !names.has(label)), ...made].slice(-MOST));
        }

        rename(preset, label) {
            const renamed = this.make({ ...preset, label });
            if (!renamed) return;
            const others = this.list.filter((one) => one === preset || one.label !== renamed.label);
            this.keep(others.map((one) => (one === preset ? renamed : one)));
        }

        remove(preset) {
            this.keep(this.list.filter((one) => one !== preset));
        }

        keep(list) {
            this.list = list;
            try {
                const plain = list.map(({ label, lamps, ambient }) => ({ label, lamps, ambient }));
                localStorage.setItem(KEPT_AS, JSON.stringify(plain));
            } catch (error) {
                // A browser may keep nothing at all: they last as long as the page.
                if (!(error instanceof DOMException)) throw error;
            }
        }

        /** As a file of set-ups. */
        write() {
            const some = this.list.map(({ label, lamps, ambient }) => ({ name: label, lamps, ambient_color: ambient }));
            return window.ICLight.setups.write(some, this.declared);
        }

        /** Add those of a file; throws an Error with a sentence where it is none. */
        async read(file) {
            const text = file.size > this.declared.largest ? "" : await file.text();
            const found = window.ICLight.setups.read(text, this.declared);
            this.add(...found.map(({ name, lamps, ambient_color: ambient }) => ({ label: name, lamps, ambient })));
        }
    }

    function recall() {
        try {
            return localStorage.getItem(KEPT_AS);
        } catch (error) {
            if (error instanceof DOMException) return null;
            throw error;
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { OwnPresets });
})();

// A person's own presets: kept by the browser, and as a file to be taken elsewhere.
//
// new ICLight.OwnPresets(check) has a `list` of {label, lamps, ambient, own}; add, rename, remove, write and read change
// and keep it. `check` gives a preset as it is to be kept, or null and tells why not.

(function () {
    "use strict";

    const KEPT_AS = "ic-light-presets";
    const MOST = 48;
    const LONGEST = 40;
    // In bytes, of a file.
    const LARGEST = 100000;

    class OwnPresets {
        constructor(check) {
            this.check = check;
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
            const name = label.trim().slice(0, LONGEST);
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
                localStorage.setItem(KEPT_AS, this.write());
            } catch (error) {
                // A browser may keep nothing at all: they last as long as the page.
                if (!(error instanceof DOMException)) throw error;
            }
        }

        write() {
            return JSON.stringify(this.list.map(({ label, lamps, ambient }) => ({ label, lamps, ambient })));
        }

        /** Add those of a file; how many there were. */
        async read(file) {
            if (file.size > LARGEST) return 0;
            const found = this.parse(await file.text());
            this.add(...found);
            return found.length;
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

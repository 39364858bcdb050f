// A person's own presets: kept by the browser, and as a file to be taken elsewhere.
//
// new ICLight.OwnPresets(check, declared) has a `list` of {label, lamps, ambient, own}; add, rename, remove and read
// change and keep it. `check` gives a preset as it is to be kept, or null and tells why not; `declared` tells what a file
// of set-ups can have (ic_light_setups.js).

(function () {
    "use strict";

    const KEPT_AS = "ic-light-presets";

    class OwnPresets {
        constructor(check, declared) {
            this.declared = declared;
            const make = ({ lamps, ambient }) => {
                const checked = typeof lamps === "string" && check({ lamps, ambient: String(ambient ?? "#000000") });
                return checked && { ...checked, own: true };
            };
            const write = ({ label, lamps, ambient }) => ({ label, lamps, ambient });
            this.kept = new window.ICLight.KeptList(KEPT_AS, make, write);
        }

        get list() {
            return this.kept.list;
        }

        add(...presets) {
            this.kept.add(...presets);
        }

        rename({ label }, wanted) {
            this.kept.rename(label, wanted);
        }

        remove({ label }) {
            this.kept.remove(label);
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

    window.ICLight = Object.assign(window.ICLight || {}, { OwnPresets });
})();

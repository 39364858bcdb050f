// Things with a label of their own that a person keeps, in the browser's storage: one list for all tabs.
//
// new ICLight.KeptList(name, make, write) has a `list`; add, rename and remove change and keep it. `make` gives a thing
// as it is to be used, or null where it is none: the storage may hold anything. `write` gives what is kept of it.

(function () {
    "use strict";

    const MOST = 48;
    const LONGEST = 40;
    // What no name in a file can have.
    const UNSEEN = /\p{C}|\p{Zl}|\p{Zp}/gu;

    class KeptList {
        constructor(name, make, write = (one) => one) {
            this.name = name;
            this.make = make;
            this.write = write;
            this.list = [];
            this.recall();
        }

        /** As it is kept: another tab may have changed it. */
        recall() {
            try {
                this.list = this.parse(localStorage.getItem(this.name) || "[]");
            } catch (error) {
                // A browser may keep nothing at all: they last as long as the page.
                if (!(error instanceof DOMException)) throw error;
            }
            return this.list;
        }

        /** The things of a text that can be read, the newest of each label. */
        parse(text) {
            let given;
            try {
                given = JSON.parse(text);
            } catch {
                return [];
            }
            if (!Array.isArray(given)) return [];
            const made = given.slice(0, MOST).map((one) => this.check(one)).filter(Boolean);
            return [...new Map(made.map((one) => [one.label, one])).values()];
        }

        check(one) {
            if (!one || typeof one.label !== "string") return null;
            const label = one.label.replace(UNSEEN, "").trim().slice(0, LONGEST);
            const made = label && this.make(one);
            return made ? { ...made, label } : null;
        }

        /** One of the same label gives way. */
        add(...things) {
            const made = things.map((one) => this.check(one)).filter(Boolean);
            const labels = new Set(made.map(({ label }) => label));
            this.keep([...this.recall().filter(({ label }) => !labels.has(label)), ...made].slice(-MOST));
        }

        rename(label, wanted) {
            const list = this.recall();
            const renamed = this.check({ ...list.find((one) => one.label === label), label: wanted });
            if (!renamed) return;
            const others = list.filter((one) => one.label === label || one.label !== renamed.label);
            this.keep(others.map((one) => (one.label === label ? renamed : one)));
        }

        remove(label) {
            this.keep(this.recall().filter((one) => one.label !== label));
        }

        keep(list) {
            this.list = list;
            try {
                localStorage.setItem(this.name, JSON.stringify(list.map(this.write)));
            } catch (error) {
                if (!(error instanceof DOMException)) throw error;
            }
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { KeptList });
})();

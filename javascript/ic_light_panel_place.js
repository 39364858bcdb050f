// Where the subject is placed in the light editor becomes the panel's placing options, and several subjects its Subject.
//
// new ICLight.PanelPlace(panel); lib_iclight/ui/placing.py has what it uses of gradio.

(function () {
    "use strict";

    class PanelPlace {
        constructor(panel) {
            this.panel = panel;
            this.given = this.values = this.waiting = this.goOn = null;
        }

        /** The controls have these values. */
        follow(width, height, x, y, scale, rotation, background, isFlipped) {
            const address = typeof background === "string" ? background : background?.url;
            const place = { x, y, scale, rotation };
            this.given = { width, height, place, background: address ? { address, isFlipped } : null };
            this.show();
            return [];
        }

        show() {
            if (this.given && this.panel.editor) this.panel.editor.placing.set(this.given);
        }

        take({ x, y, scale, rotation }) {
            this.values = [x, y, scale, rotation];
            this.panel.getPart("placed").click();
        }

        getValues() {
            return this.values;
        }

        /** The key of the subject of a picture, which the server cuts out. */
        add(file) {
            const input = this.panel.findIn("add_subject", "input[type=file]");
            return new Promise((done, fail) => {
                this.waiting = { done, fail };
                window.ICLight.giveFiles(input, [file]);
            });
        }

        /** The server has cut it out, or says why not. */
        receive(text) {
            const { key, message } = JSON.parse(text);
            if (key) this.waiting?.done(key);
            else this.waiting?.fail(new Error(message));
            this.waiting = null;
            return [];
        }

        /** The controls are as those that were never changed. */
        resume() {
            this.goOn?.();
            return [];
        }

        /** Several subjects are one: it lies as it is, and is cut out already. */
        async giveComposed(picture) {
            // What is given while the controls change is lost in some gradios.
            await new Promise((done) => {
                this.goOn = done;
                this.panel.getPart("composed").click();
            });
            const { page = this.panel } = window.ICLight;
            await page.giveSubject(new File([picture], "subjects.png", { type: picture.type }));
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { PanelPlace });
})();

// A matte that was painted in the light editor becomes the panel's Mask, and goes with the subject that it was painted for.
//
// new ICLight.PanelMatte(panel); lib_iclight/ui/matte.py has what it uses of gradio.

(function () {
    "use strict";

    /** What tells a picture of a control from another: gradio 3 has it in a data URL, later ones have its file. */
    const identify = (picture) => picture?.path ?? picture ?? "";

    class PanelMatte {
        constructor(panel) {
            this.panel = panel;
            this.subject = this.mask = "";
            // The mask that was painted here, and whether one is on its way into its control.
            this.own = "";
            this.isAwaited = false;
        }

        /** As though a person had chosen it as the Mask. */
        give(picture) {
            const input = this.panel.findIn("give_matte", "input[type=file]");
            if (!input) return;
            this.isAwaited = true;
            window.ICLight.giveFiles(input, [new File([picture], "matte.png", { type: "image/png" })]);
        }

        /** The controls have these pictures. What was painted for one subject is no mask of another. */
        follow(...pictures) {
            const [subject, mask] = pictures.map(identify);
            const isOtherSubject = subject !== this.subject;
            if (mask !== this.mask) {
                this.own = this.isAwaited ? mask : "";
                this.isAwaited = false;
            }
            Object.assign(this, { subject, mask });
            if (isOtherSubject && mask && mask === this.own) this.panel.getPart("forget_matte").click();
            return [];
        }
    }

    window.ICLight = Object.assign(window.ICLight || {}, { PanelMatte });
})();

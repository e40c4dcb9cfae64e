// SPDX-License-Identifier: Apache-2.0
// Waits for what is expected to come, as long as a busy machine may take for it.

// Whether `holds()`, a promise or not, became true within `patience` milliseconds.
export async function until(holds, patience = 15000) {
    const end = Date.now() + patience;

    while (!await holds()) {
        if (Date.now() > end)
            return false;
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return true;
}

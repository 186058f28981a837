import * as z from "zod";

// Zod would compile schemas with `new Function`, and the content security policy reports even the try.
z.config({ jitless: true });

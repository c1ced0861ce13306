/* SPDX-License-Identifier: MIT */
/* The demo's goods, and the cart as a claim of the session. Knows no cookie. */
#include <string.h>

#include "demo.h"

const struct product products[] = {
	{ "sencha", "Sencha", "Green tea from the first harvest, steamed. Fresh, a little grassy.", 1250 },
	{ "assam", "Assam", "Black tea, malty and strong enough for milk.", 890 },
	{ "oolong", "Oolong", "Half oxidised, rolled by hand, good for five infusions.", 1640 },
	{ "rooibos", "Rooibos", "Red bush without caffeine, for late evenings.", 720 },
	{ "pot", "Stoneware pot", "Holds 700 ml and keeps them warm.", 3900 },
	{ "cup", "Two cups", "Thin porcelain, no handles, a pair.", 2400 },
};
const size_t product_count = sizeof(products) / sizeof(products[0]);

const struct product *
product_find(const char *id)
{
	for (size_t i = 0; i < product_count; i++) {
		if (strcmp(products[i].id, id) == 0)
			return &products[i];
	}
	return NULL;
}

json_t *
cart_claims(const struct request *r)
{
	json_t *all = NULL, *claims = json_object(), *cart;

	if (r->session != NULL && sess_session_claims_jansson(r->session, &all, NULL) == 0) {
		(void)json_object_set(claims, "role", json_object_get(all, "role"));
		(void)json_object_set(claims, "cart", json_object_get(all, "cart"));
	}
	json_decref(all);
	cart = json_object_get(claims, "cart");
	if (!json_is_array(cart))
		(void)json_object_set_new(claims, "cart", json_array());
	return claims;
}

/* The same thing without words on it is counted up; with words it is a thing of its own. */
int
cart_add(json_t *claims, const char *id, const char *note)
{
	json_t *cart = json_object_get(claims, "cart"), *line;
	size_t i;

	json_array_foreach (cart, i, line) {
		const char *is = json_string_value(json_object_get(line, "id"));
		json_int_t n = json_integer_value(json_object_get(line, "n"));

		if (note[0] == '\0' && is != NULL && strcmp(is, id) == 0 && json_object_get(line, "note") == NULL)
			return n >= 99 ? -1 : json_object_set_new(line, "n", json_integer(n + 1));
	}
	line = json_pack("{s:s, s:i, s:s*}", "id", id, "n", 1, "note", note[0] == '\0' ? NULL : note);
	return line == NULL ? -1 : json_array_append_new(cart, line);
}

int
cart_remove(json_t *claims, size_t index)
{
	return json_array_remove(json_object_get(claims, "cart"), index);
}

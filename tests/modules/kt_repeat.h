/* SPDX-License-Identifier: GPL-2.0 */
/* KT_1000(F, p) expands F(p000) … F(p999), with p a prefix of the number. */
#ifndef KT_REPEAT_H
#define KT_REPEAT_H

#define KT_10(F, p) \
	F(p##0) F(p##1) F(p##2) F(p##3) F(p##4) F(p##5) F(p##6) F(p##7) F(p##8) F(p##9)
#define KT_100(F, p) \
	KT_10(F, p##0) KT_10(F, p##1) KT_10(F, p##2) KT_10(F, p##3) KT_10(F, p##4) \
	KT_10(F, p##5) KT_10(F, p##6) KT_10(F, p##7) KT_10(F, p##8) KT_10(F, p##9)
#define KT_1000(F, p) \
	KT_100(F, p##0) KT_100(F, p##1) KT_100(F, p##2) KT_100(F, p##3) KT_100(F, p##4) \
	KT_100(F, p##5) KT_100(F, p##6) KT_100(F, p##7) KT_100(F, p##8) KT_100(F, p##9)

#endif

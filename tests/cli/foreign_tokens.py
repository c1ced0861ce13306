# SPDX-License-Identifier: MIT
"""Keys and tokens of an invented issuer, signed once: the private keys are gone. All are about 2027-01-15T08:00:00Z."""
RS256_N = (
    "sUCj0ADmYAdh8hBidGB2rdUCW5RW15CUGjTww4bbLvzRXvEp7mGAlBUEjW434eJIKeNY4yIZ12yEnTYzSdfZ2pllpzJvUpsxbYSBPbAaapAhRk1a"
    "6859pmMZEQ5DWDKhpvs3fXUT4wHPaDNcANKL532GZ_Aa1MgJjbQZNU_EkLYK0eVO4XEqVu534X9C-_0cRk2O1q8AQHa9BkeR5JOfSY3OIJW5L7va"
    "z3rYC9yRW4QcAW4g_94i6lCI1LMq476uTNchID326RwUkPaGL-aWb5B5EhvKmUnfIvU4t8B8TUKqTtCAADJXjyStMJk5wH9oNYCd4P9u5NbnoRp1"
    "3l65uQ")
ES256_X = (
    "z4z0vHAldzgrsSw4pJPGachwg9pHIstT3GQN_iCZD5Y")
ES256_Y = (
    "Y8b6pfULSEFpN0LDgObMwQFK8PcXNSmmpsR-6ubFtvM")
PS256_N = (
    "vQnaFalY7oLuULxnQOfCUVlMN_SY_Dj9A6L5mNWcsyXPPSTZ74kxu4XamerqSCTGsosiVU6qk3_LXas1bp01g5Gx51Wouooczn0v5J9MG7mZfUjy"
    "7vYuPfhLFlYuJAyryvKzcZ1M7U07FCoa_3-mc5UreoUkL7PZL27eTcel0KtorNDurvf0xO-MU5IulXlBRqBmS4fANiG4aoarV_rCasSzeFebeOxb"
    "9ZlbuDCu9GNy1-Np1gsQcDituj8H2Lk3tXXTOUOifnHU7edUr1jRYx0LdESXf2baPv-lP8QdE3Vi9GjjG0qA-ml8c3MIIAUsTd6MxOfoFDjPsHez"
    "05lceQ")
JWK = {
    "RS256": {"kty": "RSA", "n": RS256_N, "e": "AQAB", "alg": "RS256", "use": "sig", "kid": "2027-rs"},
    "ES256": {"kty": "EC", "crv": "P-256", "x": ES256_X, "y": ES256_Y, "alg": "ES256", "use": "sig", "kid": "2027-es"},
    "PS256": {"kty": "RSA", "n": PS256_N, "e": "AQAB", "alg": "PS256", "use": "sig", "kid": "2027-ps"},
}
PEM = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEz4z0vHAldzgrsSw4pJPGachwg9pH
IstT3GQN/iCZD5Zjxvql9QtIQWk3QsOA5szBAUrw9xc1KaamxH7q5sW28w==
-----END PUBLIC KEY-----
"""  # of ES256
# an ID token
RS256 = (
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjIwMjctcnMiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiOiIyN"
    "DgyODk3NjEwMDEiLCJhdWQiOiJzaG9wIiwibm9uY2UiOiJuLTBTNiIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwNjAwLCJhdXRoX3Rpb"
    "WUiOjE3OTk5OTkwMDAsImFjciI6ImdvbGQiLCJhbXIiOlsicHdkIiwgIm90cCJdLCJlbWFpbCI6ImFAYi5leGFtcGxlIiwiZ3JvdXBzIjpbInN0Y"
    "WZmIl19.Rm_t8T6SJlVrcRO7FsBCerttjnbGpBuH4KbxaOBFqBMropTRFVoWLGLQ2T0DcCJf4_mBRiQmwa4DegCjgM71eLABuqXsSS5gs6iryCnK"
    "CbvNmCyPToFYB35VGIWeEOYNJ0lUYzcGEQZe6N3JMKwlrB2ZnWe1PLcWP5g2a53a4_iqUnKU7Z9YLugx6KUNk4eKU_tlKy9XGIfKjF1SmrcguASB"
    "nLocGDjowdoTFFooVLdL9EVwY39xqFGhX1-Y4s3Zd-4BoqB5O3XJJ2R-h1ElBj_wjnRaZ5abcpIAm6S8TyLs_hluvd0pvNdrgacI-jvqXesVVddB"
    "mTgzP2CVG4ibvg")
# the same
ES256 = (
    "eyJhbGciOiJFUzI1NiIsImtpZCI6IjIwMjctZXMiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiOiIyN"
    "DgyODk3NjEwMDEiLCJhdWQiOiJzaG9wIiwibm9uY2UiOiJuLTBTNiIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwNjAwLCJhdXRoX3Rpb"
    "WUiOjE3OTk5OTkwMDAsImFjciI6ImdvbGQiLCJhbXIiOlsicHdkIiwgIm90cCJdLCJlbWFpbCI6ImFAYi5leGFtcGxlIiwiZ3JvdXBzIjpbInN0Y"
    "WZmIl19.yAWRXsR2Pwr3Xd6aS6YyH109jfLIpAY1aRiOTLJsDK7xpoSC2ZDRKt-ptqkhuyr53Rd00KzRGW0v3lbH6gMxQQ")
# the same
PS256 = (
    "eyJhbGciOiJQUzI1NiIsImtpZCI6IjIwMjctcHMiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiOiIyN"
    "DgyODk3NjEwMDEiLCJhdWQiOiJzaG9wIiwibm9uY2UiOiJuLTBTNiIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwNjAwLCJhdXRoX3Rpb"
    "WUiOjE3OTk5OTkwMDAsImFjciI6ImdvbGQiLCJhbXIiOlsicHdkIiwgIm90cCJdLCJlbWFpbCI6ImFAYi5leGFtcGxlIiwiZ3JvdXBzIjpbInN0Y"
    "WZmIl19.aMvVecOJPx5fp0r4t82Sbfqpr4oO5sXa-lGc5rBon2qTTfiUltdSlV0XVGozzhRHyBdnHIy3lzZjCrc1CTeSkyWuZKNnl1lu3s40BCue"
    "KO5VLKwirv5yd8wCj5dWWXQnJYBVsRnfrWjR5KEruHMoJbBFQFx0QIvwN8T1ueZPqbdAPATj1L8U2nY676LnCc2xYuOUX-ks15l4KYygNALjH8Ci"
    "S9C9Sc2cNakFgGS1T99bkBxdUu-BVhowHQTrncQYiXTJ6bmVPmk3pil7kDSqkcvS-loHv-hR1-6dsLeKTGwke1KbWkDHhC_VjgdH6j8orwncuk9J"
    "4WtQy1SXySP98g")
# an access token, typ at+jwt, of the same claims
AT = (
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjIwMjctcnMiLCJ0eXAiOiJhdCtqd3QifQ.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJzdWIiO"
    "iIyNDgyODk3NjEwMDEiLCJhdWQiOiJzaG9wIiwibm9uY2UiOiJuLTBTNiIsImlhdCI6MTgwMDAwMDAwMCwiZXhwIjoxODAwMDAwNjAwLCJhdXRoX"
    "3RpbWUiOjE3OTk5OTkwMDAsImFjciI6ImdvbGQiLCJhbXIiOlsicHdkIiwgIm90cCJdLCJlbWFpbCI6ImFAYi5leGFtcGxlIiwiZ3JvdXBzIjpbI"
    "nN0YWZmIl19.AurBkTJWTTzfTG17QzP-1sManaGE-n3jwAGV5K7cNCXtX0DHLyMmtFLYotMFRzOLZ-FRDecNI6JKAa3673DTB-Zd-fhKDoaAuLKz"
    "Vsq8j9QGog_Q_rIvEsmlhq16XQudLGaYnkmJfcDMha75lueVAUgzmaPjdU7iUlpt38IEUX6mPbLIwxf6yeh_4gXGRsp4gsj7gUl24AB702ACw6IL"
    "zrWTfwnFuTrh-tJ0t1rQN3OVWyfHDMvWygIeL4o_PibtVgkIfpO7foO7PXbPNWPc8Xq4AEF1tLT40Z4Nl-q48cUpzeEfG9t7k0EU15lE6m4TGAAp"
    "Oz-UFiDAi0DGAqB9Ig")
# of another issuer, for desk and till, with nonce x
OTHER = (
    "eyJhbGciOiJSUzI1NiIsImtpZCI6IjIwMjctcnMiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2V2aWwuZXhhbXBsZSIsInN1YiI6IjI0O"
    "DI4OTc2MTAwMSIsImF1ZCI6WyJkZXNrIiwgInRpbGwiXSwibm9uY2UiOiJ4IiwiaWF0IjoxODAwMDAwMDAwLCJleHAiOjE4MDAwMDA2MDAsImF1d"
    "GhfdGltZSI6MTc5OTk5OTAwMCwiYWNyIjoiZ29sZCIsImFtciI6WyJwd2QiLCAib3RwIl0sImVtYWlsIjoiYUBiLmV4YW1wbGUiLCJncm91cHMiO"
    "lsic3RhZmYiXX0.X-J4MD51D46Q8YvjCzUVygewlnLmxHNCC_z-BGGU1nlEY6YKb7jbeZ636B3paiIeLakSkfKenQ_tsLvRKRcX2T7p6Dzp1L_UC"
    "LjYjXlSLAayAtOapg5yxYSzKoipLrU5T0KGwo2cjatmomg1U91OW4NpEwRK3Hj64wAM1AZPI4iZP3akaEMTzFHiW2qPngs7YEaqXe36LnwuAk8L-"
    "r0Cw9BRJQEG_xVg_bsHL5t1DI7_p80kX4VmeEwfF9-ikQPFogHbIV0XQivfAEqtAPVlJHM6inm2yqElu2fVGxg_3dhDanlQSrNoCsuvdfG2PCo-I"
    "Xx491Zdwif800Ql48qJrw")
# neither sub, iat nor nonce, and no kid
BARE = (
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2xvZ2luLmV4YW1wbGUiLCJhdWQiOlsic2hvcCJdLCJleHAiOjE4MDAwMDA2MDB9.4v8DFe"
    "mF3qXqcpGDOQoTiWpXBtAjoUUjNMMup2PR99mgDu7xqSD2p_NLtfafDA0qvGTAl45vlZS4Wshsqg1IJA")

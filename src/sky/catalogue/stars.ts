/**
 * 108 stars by the names that the International Astronomical Union has for them.
 * One object a line: name, kind, right ascension and declination in degrees (ICRS, J2000), constellation, aliases.
 * Positions: Hipparcos (1997), brought to J2000 with its proper motions, as PyEphem has them: to 0.3 arc seconds, checked
 * against those of another compilation (XHIP, 2012).
 */
export const STARS = `
Acamar|star|44.56531|-40.30467|Eri|Theta Eridani|θ Eri|HIP 13847
Achernar|star|24.42853|-57.23676|Eri|Alpha Eridani|α Eri|HIP 7588
Acrux|star|186.64957|-63.09909|Cru|Alpha Crucis|α Cru|HIP 60718
Adhara|star|104.65645|-28.97208|CMa|Epsilon Canis Majoris|ε CMa|21 CMa|HIP 33579|Adara
Albireo|star|292.68034|27.95968|Cyg|Beta Cygni|β Cyg|6 Cyg|HIP 95947
Alcor|star|201.30641|54.98796|UMa|80 UMa|HIP 65477
Alcyone|star|56.87115|24.10514|Tau|Eta Tauri|η Tau|25 Tau|HIP 17702
Aldebaran|star|68.98016|16.50930|Tau|Alpha Tauri|α Tau|87 Tau|HIP 21421
Alderamin|star|319.64488|62.58557|Cep|Alpha Cephei|α Cep|5 Cep|HIP 105199
Alfirk|star|322.16499|70.56072|Cep|Beta Cephei|β Cep|8 Cep|HIP 106032
Algenib|star|3.30897|15.18360|Peg|Gamma Pegasi|γ Peg|88 Peg|HIP 1067
Algieba|star|154.99314|19.84149|Leo|Gamma Leonis|γ Leo|41 Leo|HIP 50583
Algol|star|47.04221|40.95565|Per|Beta Persei|β Per|26 Per|HIP 14576
Alhena|star|99.42792|16.39925|Gem|Gamma Geminorum|γ Gem|24 Gem|HIP 31681
Alioth|star|193.50729|55.95982|UMa|Epsilon Ursae Majoris|ε UMa|77 UMa|HIP 62956
Alkaid|star|206.88516|49.31327|UMa|Eta Ursae Majoris|η UMa|85 UMa|HIP 67301|Alcaid
Almach|star|30.97480|42.32972|And|Gamma Andromedae|γ And|57 And|HIP 9640
Alnair|star|332.05827|-46.96098|Gru|Alpha Gruis|α Gru|HIP 109268
Alnilam|star|84.05339|-1.20192|Ori|Epsilon Orionis|ε Ori|46 Ori|HIP 26311
Alnitak|star|85.18970|-1.94257|Ori|Zeta Orionis|ζ Ori|50 Ori|HIP 26727
Alphard|star|141.89685|-8.65860|Hya|Alpha Hydrae|α Hya|30 Hya|HIP 46390
Alphecca|star|233.67195|26.71469|CrB|Alpha Coronae Borealis|α CrB|5 CrB|HIP 76267
Alpheratz|star|2.09691|29.09043|And|Alpha Andromedae|α And|21 And|HIP 677|Sirrah
Alshain|star|298.82831|6.40676|Aql|Beta Aquilae|β Aql|60 Aql|HIP 98036
Altair|star|297.69583|8.86832|Aql|Alpha Aquilae|α Aql|53 Aql|HIP 97649
Ankaa|star|6.57105|-42.30598|Phe|Alpha Phoenicis|α Phe|HIP 2081
Antares|star|247.35192|-26.43200|Sco|Alpha Scorpii|α Sco|21 Sco|HIP 80763
Arcturus|star|213.91530|19.18241|Boo|Alpha Bootis|α Boo|16 Boo|HIP 69673
Arkab Posterior|star|290.80474|-44.79978|Sgr|Beta2 Sagittarii|β2 Sgr|HIP 95294
Arkab Prior|star|290.65955|-44.45896|Sgr|Beta1 Sagittarii|β1 Sgr|HIP 95241
Arneb|star|83.18257|-17.82229|Lep|Alpha Leporis|α Lep|11 Lep|HIP 25985
Atlas|star|57.29059|24.05342|Tau|27 Tau|HIP 17847
Atria|star|252.16623|-69.02772|TrA|Alpha Trianguli Australis|α TrA|HIP 82273
Avior|star|125.62848|-59.50948|Car|Epsilon Carinae|ε Car|HIP 41037
Bellatrix|star|81.28276|6.34970|Ori|Gamma Orionis|γ Ori|24 Ori|HIP 25336
Betelgeuse|star|88.79294|7.40706|Ori|Alpha Orionis|α Ori|58 Ori|HIP 27989
Canopus|star|95.98796|-52.69566|Car|Alpha Carinae|α Car|HIP 30438
Capella|star|79.17233|45.99799|Aur|Alpha Aurigae|α Aur|13 Aur|HIP 24608
Caph|star|2.29452|59.14978|Cas|Beta Cassiopeiae|β Cas|11 Cas|HIP 746
Castor|star|113.64943|31.88828|Gem|Alpha Geminorum|α Gem|66 Gem|HIP 36850
Cebalrai|star|265.86814|4.56730|Oph|Beta Ophiuchi|β Oph|60 Oph|HIP 86742
Deneb|star|310.35798|45.28034|Cyg|Alpha Cygni|α Cyg|50 Cyg|HIP 102098
Denebola|star|177.26491|14.57206|Leo|Beta Leonis|β Leo|94 Leo|HIP 57632
Diphda|star|10.89738|-17.98660|Cet|Beta Ceti|β Cet|16 Cet|HIP 3419
Dubhe|star|165.93195|61.75103|UMa|Alpha Ursae Majoris|α UMa|50 UMa|HIP 54061
Electra|star|56.21891|24.11334|Tau|17 Tau|HIP 17499
Elnath|star|81.57297|28.60745|Tau|Beta Tauri|β Tau|112 Tau|HIP 25428
Eltanin|star|269.15154|51.48889|Dra|Gamma Draconis|γ Dra|33 Dra|HIP 87833|Etamin
Enif|star|326.04649|9.87501|Peg|Epsilon Pegasi|ε Peg|8 Peg|HIP 107315
Fomalhaut|star|344.41269|-29.62224|PsA|Alpha Piscis Austrini|α PsA|24 PsA|HIP 113368
Gacrux|star|187.79150|-57.11321|Cru|Gamma Crucis|γ Cru|HIP 61084
Gienah|star|183.95154|-17.54193|Crv|Gamma Corvi|γ Crv|4 Crv|HIP 59803|Gienah Corvi
Hadar|star|210.95585|-60.37304|Cen|Beta Centauri|β Cen|HIP 68702|Agena
Hamal|star|31.79336|23.46242|Ari|Alpha Arietis|α Ari|13 Ari|HIP 9884
Izar|star|221.24674|27.07422|Boo|Epsilon Bootis|ε Boo|36 Boo|HIP 72105
Kaus Australis|star|276.04299|-34.38462|Sgr|Epsilon Sagittarii|ε Sgr|20 Sgr|HIP 90185
Kochab|star|222.67636|74.15550|UMi|Beta Ursae Minoris|β UMi|7 UMi|HIP 72607
Maia|star|56.45669|24.36775|Tau|20 Tau|HIP 17573
Markab|star|346.19022|15.20526|Peg|Alpha Pegasi|α Peg|54 Peg|HIP 113963
Megrez|star|183.85650|57.03262|UMa|Delta Ursae Majoris|δ UMa|69 UMa|HIP 59774
Menkalinan|star|89.88218|44.94743|Aur|Beta Aurigae|β Aur|34 Aur|HIP 28360
Menkar|star|45.56988|4.08973|Cet|Alpha Ceti|α Cet|92 Cet|HIP 14135
Menkent|star|211.67062|-36.36995|Cen|Theta Centauri|θ Cen|5 Cen|HIP 68933
Merak|star|165.46032|56.38243|UMa|Beta Ursae Majoris|β UMa|48 UMa|HIP 53910
Merope|star|56.58156|23.94836|Tau|23 Tau|HIP 17608
Miaplacidus|star|138.29990|-69.71721|Car|Beta Carinae|β Car|HIP 45238
Mimosa|star|191.93026|-59.68876|Cru|Beta Crucis|β Cru|HIP 62434
Minkar|star|182.53117|-22.61977|Crv|Epsilon Corvi|ε Crv|2 Crv|HIP 59316
Mintaka|star|83.00167|-0.29909|Ori|Delta Orionis|δ Ori|34 Ori|HIP 25930
Mirach|star|17.43302|35.62056|And|Beta Andromedae|β And|43 And|HIP 5447
Mirfak|star|51.08071|49.86118|Per|Alpha Persei|α Per|33 Per|HIP 15863
Mirzam|star|95.67494|-17.95592|CMa|Beta Canis Majoris|β CMa|2 CMa|HIP 30324
Mizar|star|200.98143|54.92536|UMa|Zeta Ursae Majoris|ζ UMa|79 UMa|HIP 65378
Naos|star|120.89603|-40.00315|Pup|Zeta Puppis|ζ Pup|HIP 39429
Nihal|star|82.06135|-20.75944|Lep|Beta Leporis|β Lep|9 Lep|HIP 25606
Nunki|star|283.81636|-26.29672|Sgr|Sigma Sagittarii|σ Sgr|34 Sgr|HIP 92855
Peacock|star|306.41191|-56.73509|Pav|Alpha Pavonis|α Pav|HIP 100751
Phecda|star|178.45770|53.69476|UMa|Gamma Ursae Majoris|γ UMa|64 UMa|HIP 58001
Polaris|star|37.95452|89.26411|UMi|Alpha Ursae Minoris|α UMi|1 UMi|HIP 11767|North Star
Pollux|star|116.32896|28.02620|Gem|Beta Geminorum|β Gem|78 Gem|HIP 37826
Procyon|star|114.82549|5.22499|CMi|Alpha Canis Minoris|α CMi|10 CMi|HIP 37279
Rasalgethi|star|258.66191|14.39033|Her|Alpha Herculis|α Her|64 Her|HIP 84345
Rasalhague|star|263.73363|12.56003|Oph|Alpha Ophiuchi|α Oph|55 Oph|HIP 86032
Regulus|star|152.09296|11.96721|Leo|Alpha Leonis|α Leo|32 Leo|HIP 49669
Rigel|star|78.63447|-8.20164|Ori|Beta Orionis|β Ori|19 Ori|HIP 24436
Rigil Kentaurus|star|219.90207|-60.83398|Cen|Alpha Centauri|α Cen|HIP 71683|Rigil Kent
Rukbat|star|290.97157|-40.61594|Sgr|Alpha Sagittarii|α Sgr|HIP 95347
Sabik|star|257.59453|-15.72491|Oph|Eta Ophiuchi|η Oph|35 Oph|HIP 84012
Sadalmelik|star|331.44598|-0.31985|Aqr|Alpha Aquarii|α Aqr|34 Aqr|HIP 109074
Sadr|star|305.55709|40.25668|Cyg|Gamma Cygni|γ Cyg|37 Cyg|HIP 100453
Saiph|star|86.93912|-9.66960|Ori|Kappa Orionis|κ Ori|53 Ori|HIP 27366
Scheat|star|345.94357|28.08279|Peg|Beta Pegasi|β Peg|53 Peg|HIP 113881
Schedar|star|10.12684|56.53733|Cas|Alpha Cassiopeiae|α Cas|18 Cas|HIP 3179|Schedir
Shaula|star|263.40217|-37.10382|Sco|Lambda Scorpii|λ Sco|35 Sco|HIP 85927
Sheliak|star|282.51998|33.36267|Lyr|Beta Lyrae|β Lyr|10 Lyr|HIP 92420
Sirius|star|101.28715|-16.71612|CMa|Alpha Canis Majoris|α CMa|9 CMa|HIP 32349|Dog Star
Spica|star|201.29825|-11.16132|Vir|Alpha Virginis|α Vir|67 Vir|HIP 65474
Suhail|star|136.99899|-43.43259|Vel|Lambda Velorum|λ Vel|HIP 44816
Sulafat|star|284.73593|32.68956|Lyr|Gamma Lyrae|γ Lyr|14 Lyr|HIP 93194
Tarazed|star|296.56491|10.61326|Aql|Gamma Aquilae|γ Aql|50 Aql|HIP 97278
Taygeta|star|56.30206|24.46728|Tau|19 Tau|HIP 17531
Thuban|star|211.09729|64.37585|Dra|Alpha Draconis|α Dra|11 Dra|HIP 68756
Unukalhai|star|236.06698|6.42563|Ser|Alpha Serpentis|α Ser|24 Ser|HIP 77070
Vega|star|279.23474|38.78369|Lyr|Alpha Lyrae|α Lyr|3 Lyr|HIP 91262
Vindemiatrix|star|195.54415|10.95915|Vir|Epsilon Virginis|ε Vir|47 Vir|HIP 63608
Wezen|star|107.09785|-26.39320|CMa|Delta Canis Majoris|δ CMa|25 CMa|HIP 34444
Zaurak|star|59.50736|-13.50852|Eri|Gamma Eridani|γ Eri|34 Eri|HIP 18543
Zubenelgenubi|star|222.71964|-16.04178|Lib|Alpha Librae|α Lib|9 Lib|HIP 72622
`

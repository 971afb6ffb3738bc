/**
 * The 110 objects of Messier's catalogue.
 * One object a line: name, kind, right ascension and declination in degrees (ICRS, J2000), constellation, aliases.
 * Positions: of NED and SIMBAD, as OpenNGC has them (2021), to 0.4 arc seconds.
 */
export const MESSIER = `
M 1|supernova remnant|83.6332|22.0145|Tau|NGC 1952|Crab Nebula|Taurus A
M 2|globular cluster|323.3625|-0.8233|Aqr|NGC 7089
M 3|globular cluster|205.5468|28.3754|CVn|NGC 5272
M 4|globular cluster|245.8975|-26.5255|Sco|NGC 6121
M 5|globular cluster|229.6406|2.0827|Ser|NGC 5904
M 6|open cluster|265.0865|-32.2542|Sco|NGC 6405|Butterfly Cluster
M 7|open cluster|268.4632|-34.7928|Sco|NGC 6475|Ptolemy Cluster|Ptolemy's Cluster
M 8|nebula|270.9220|-24.3802|Sgr|NGC 6523|Lagoon Nebula
M 9|globular cluster|259.7991|-18.5162|Oph|NGC 6333
M 10|globular cluster|254.2875|-4.0993|Oph|NGC 6254
M 11|open cluster|282.7750|-6.2700|Sct|NGC 6705|Wild Duck Cluster
M 12|globular cluster|251.8105|-1.9478|Oph|NGC 6218
M 13|globular cluster|250.4235|36.4613|Her|NGC 6205|Hercules Globular Cluster|Hercules Cluster|Great Globular Cluster in Hercules
M 14|globular cluster|264.4007|-3.2459|Oph|NGC 6402
M 15|globular cluster|322.4932|12.1668|Peg|NGC 7078
M 16|nebula|274.7007|-13.8072|Ser|NGC 6611|Eagle Nebula
M 17|nebula|275.1963|-16.1715|Sgr|NGC 6618|Omega Nebula|Swan Nebula
M 18|open cluster|274.9937|-17.1020|Sgr|NGC 6613
M 19|globular cluster|255.6570|-26.2679|Oph|NGC 6273
M 20|nebula|270.6755|-22.9719|Sgr|NGC 6514|Trifid Nebula
M 21|open cluster|271.0560|-22.4901|Sgr|NGC 6531
M 22|globular cluster|279.1008|-23.9034|Sgr|NGC 6656|Great Sagittarius Cluster
M 23|open cluster|269.2699|-18.9853|Sgr|NGC 6494
M 24|star cloud|274.2338|-18.5146|Sgr|IC 4715|Small Sagittarius Star Cloud|Sagittarius Star Cloud
M 25|open cluster|277.9449|-19.1149|Sgr|IC 4725
M 26|open cluster|281.3277|-9.3836|Sct|NGC 6694
M 27|planetary nebula|299.9016|22.7210|Vul|NGC 6853|Dumbbell Nebula
M 28|globular cluster|276.1370|-24.8698|Sgr|NGC 6626
M 29|open cluster|305.9907|38.5077|Cyg|NGC 6913
M 30|globular cluster|325.0917|-23.1791|Cap|NGC 7099
M 31|galaxy|10.6848|41.2691|And|NGC 224|Andromeda Galaxy
M 32|galaxy|10.6743|40.8653|And|NGC 221
M 33|galaxy|23.4620|30.6602|Tri|NGC 598|Triangulum Galaxy
M 34|open cluster|40.5308|42.7461|Per|NGC 1039
M 35|open cluster|92.2711|24.3386|Gem|NGC 2168
M 36|open cluster|84.0739|34.1407|Aur|NGC 1960
M 37|open cluster|88.0765|32.5530|Aur|NGC 2099
M 38|open cluster|82.1770|35.8549|Aur|NGC 1912
M 39|open cluster|322.9513|48.4382|Cyg|NGC 7092
M 40|double star|185.5521|58.0831|UMa|Winnecke 4
M 41|open cluster|101.4997|-20.7542|CMa|NGC 2287
M 42|nebula|83.8187|-5.3897|Ori|NGC 1976|Orion Nebula|Great Orion Nebula
M 43|nebula|83.8807|-5.2675|Ori|NGC 1982|De Mairan's Nebula
M 44|open cluster|130.0925|19.6721|Cnc|NGC 2632|Beehive Cluster|Praesepe
M 45|open cluster|56.8500|24.1167|Tau|Pleiades|Seven Sisters|Melotte 22
M 46|open cluster|115.4451|-14.8100|Pup|NGC 2437
M 47|open cluster|114.1459|-14.4826|Pup|NGC 2422
M 48|open cluster|123.4299|-5.7504|Hya|NGC 2548
M 49|galaxy|187.4448|8.0005|Vir|NGC 4472
M 50|open cluster|105.6686|-8.3640|Mon|NGC 2323
M 51|galaxy|202.4696|47.1952|CVn|NGC 5194|Whirlpool Galaxy
M 52|open cluster|351.2017|61.5932|Cas|NGC 7654
M 53|globular cluster|198.2301|18.1691|Com|NGC 5024
M 54|globular cluster|283.7636|-30.4785|Sgr|NGC 6715
M 55|globular cluster|294.9975|-30.9621|Sgr|NGC 6809
M 56|globular cluster|289.1480|30.1845|Lyr|NGC 6779
M 57|planetary nebula|283.3959|33.0286|Lyr|NGC 6720|Ring Nebula
M 58|galaxy|189.4313|11.8182|Vir|NGC 4579
M 59|galaxy|190.5093|11.6470|Vir|NGC 4621
M 60|galaxy|190.9166|11.5527|Vir|NGC 4649
M 61|galaxy|185.4787|4.4736|Vir|NGC 4303
M 62|globular cluster|255.3025|-30.1124|Oph|NGC 6266
M 63|galaxy|198.9555|42.0293|CVn|NGC 5055|Sunflower Galaxy
M 64|galaxy|194.1818|21.6830|Com|NGC 4826|Black Eye Galaxy
M 65|galaxy|169.7330|13.0924|Leo|NGC 3623
M 66|galaxy|170.0623|12.9915|Leo|NGC 3627
M 67|open cluster|132.8339|11.8119|Cnc|NGC 2682
M 68|globular cluster|189.8667|-26.7430|Hya|NGC 4590
M 69|globular cluster|277.8468|-32.3480|Sgr|NGC 6637
M 70|globular cluster|280.8027|-32.2919|Sgr|NGC 6681
M 71|globular cluster|298.4421|18.7784|Sge|NGC 6838
M 72|globular cluster|313.3663|-12.5371|Aqr|NGC 6981
M 73|asterism|314.7332|-12.6355|Aqr|NGC 6994
M 74|galaxy|24.1740|15.7837|Psc|NGC 628|Phantom Galaxy
M 75|globular cluster|301.5202|-21.9222|Sgr|NGC 6864
M 76|planetary nebula|25.5820|51.5755|Per|NGC 650|Little Dumbbell Nebula
M 77|galaxy|40.6696|-0.0133|Cet|NGC 1068|Cetus A
M 78|nebula|86.6909|0.0793|Ori|NGC 2068
M 79|globular cluster|81.0441|-24.5242|Lep|NGC 1904
M 80|globular cluster|244.2605|-22.9751|Sco|NGC 6093
M 81|galaxy|148.8882|69.0653|UMa|NGC 3031|Bode's Galaxy
M 82|galaxy|148.9697|69.6794|UMa|NGC 3034|Cigar Galaxy
M 83|galaxy|204.2540|-29.8654|Hya|NGC 5236|Southern Pinwheel Galaxy
M 84|galaxy|186.2656|12.8870|Vir|NGC 4374
M 85|galaxy|186.3505|18.1915|Com|NGC 4382
M 86|galaxy|186.5489|12.9462|Vir|NGC 4406
M 87|galaxy|187.7059|12.3911|Vir|NGC 4486|Virgo A
M 88|galaxy|187.9965|14.4204|Com|NGC 4501
M 89|galaxy|188.9159|12.5563|Vir|NGC 4552
M 90|galaxy|189.2075|13.1629|Vir|NGC 4569
M 91|galaxy|188.8602|14.4963|Com|NGC 4548
M 92|globular cluster|259.2803|43.1365|Her|NGC 6341
M 93|open cluster|116.1218|-23.8531|Pup|NGC 2447
M 94|galaxy|192.7211|41.1204|CVn|NGC 4736
M 95|galaxy|160.9904|11.7038|Leo|NGC 3351
M 96|galaxy|161.6906|11.8199|Leo|NGC 3368
M 97|planetary nebula|168.6988|55.0190|UMa|NGC 3587|Owl Nebula
M 98|galaxy|183.4512|14.9003|Com|NGC 4192
M 99|galaxy|184.7067|14.4165|Com|NGC 4254|Coma Pinwheel Galaxy
M 100|galaxy|185.7285|15.8218|Com|NGC 4321
M 101|galaxy|210.8022|54.3489|UMa|NGC 5457|Pinwheel Galaxy
M 102|galaxy|226.6229|55.7632|Dra|NGC 5866|Spindle Galaxy
M 103|open cluster|23.3409|60.6580|Cas|NGC 581
M 104|galaxy|189.9976|-11.6231|Vir|NGC 4594|Sombrero Galaxy
M 105|galaxy|161.9566|12.5816|Leo|NGC 3379
M 106|galaxy|184.7396|47.3040|CVn|NGC 4258
M 107|globular cluster|248.1330|-13.0536|Oph|NGC 6171
M 108|galaxy|167.8790|55.6741|UMa|NGC 3556
M 109|galaxy|179.3999|53.3745|UMa|NGC 3992
M 110|galaxy|10.0920|41.6853|And|NGC 205
`

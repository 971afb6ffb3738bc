/**
 * The 109 objects of Caldwell's catalogue, and the two halves of the Double Cluster.
 * One object a line: name, kind, right ascension and declination in degrees (ICRS, J2000), constellation, aliases.
 * Positions: of NED and SIMBAD, as OpenNGC has them (2021), to 0.4 arc seconds. C 9, C 41 and C 99 are where Stellarium has
 * them, C 14 midway between its halves, and C 49 at the cluster in its middle.
 */
export const CALDWELL = `
NGC 188|open cluster|11.8647|85.2696|Cep|C 1
NGC 40|planetary nebula|3.2543|72.5219|Cep|C 2|Bow-Tie Nebula
NGC 4236|galaxy|184.1755|69.4626|Dra|C 3
NGC 7023|nebula|315.3984|68.1696|Cep|C 4|Iris Nebula
IC 342|galaxy|56.7021|68.0964|Cam|C 5
NGC 6543|planetary nebula|269.6391|66.6332|Dra|C 6|Cat's Eye Nebula
NGC 2403|galaxy|114.2142|65.6026|Cam|C 7
NGC 559|open cluster|22.3882|63.3014|Cas|C 8
Sh2-155|nebula|344.3208|62.4758|Cep|C 9|Cave Nebula
NGC 663|open cluster|26.5669|61.2182|Cas|C 10
NGC 7635|nebula|350.1900|61.2124|Cas|C 11|Bubble Nebula
NGC 6946|galaxy|308.7180|60.1539|Cyg|C 12|Fireworks Galaxy
NGC 457|open cluster|19.8860|58.2907|Cas|C 13|Owl Cluster|E.T. Cluster
Double Cluster|open cluster|35.1889|57.1307|Per|C 14
NGC 6826|planetary nebula|296.2005|50.5250|Cyg|C 15|Blinking Planetary Nebula
NGC 7243|open cluster|333.7857|49.8975|Lac|C 16
NGC 147|galaxy|8.3005|48.5087|Cas|C 17
NGC 185|galaxy|9.7415|48.3374|Cas|C 18
IC 5146|nebula|328.3698|47.2669|Cyg|C 19|Cocoon Nebula
NGC 7000|nebula|314.8214|44.5288|Cyg|C 20|North America Nebula
NGC 4449|galaxy|187.0462|44.0936|CVn|C 21
NGC 7662|planetary nebula|351.4746|42.5349|And|C 22|Blue Snowball Nebula
NGC 891|galaxy|35.6392|42.3491|And|C 23
NGC 1275|galaxy|49.9507|41.5117|Per|C 24|Perseus A
NGC 2419|globular cluster|114.5331|38.8800|Lyn|C 25|Intergalactic Wanderer
NGC 4244|galaxy|184.3736|37.8071|CVn|C 26|Silver Needle Galaxy
NGC 6888|nebula|303.0273|38.3549|Cyg|C 27|Crescent Nebula
NGC 752|open cluster|29.3951|37.8334|And|C 28
NGC 5005|galaxy|197.7343|37.0592|CVn|C 29
NGC 7331|galaxy|339.2667|34.4155|Peg|C 30
IC 405|nebula|79.1228|34.3562|Aur|C 31|Flaming Star Nebula
NGC 4631|galaxy|190.5334|32.5415|CVn|C 32|Whale Galaxy
NGC 6992|supernova remnant|314.0795|31.7428|Cyg|C 33|Eastern Veil Nebula
NGC 6960|supernova remnant|311.4924|30.5951|Cyg|C 34|Western Veil Nebula|Veil Nebula
NGC 4889|galaxy|195.0339|27.9770|Com|C 35
NGC 4559|galaxy|188.9902|27.9600|Com|C 36
NGC 6885|open cluster|302.9827|26.4888|Vul|C 37
NGC 4565|galaxy|189.0866|25.9877|Com|C 38|Needle Galaxy
NGC 2392|planetary nebula|112.2948|20.9118|Gem|C 39|Eskimo Nebula|Clown Face Nebula
NGC 3626|galaxy|170.0159|18.3568|Leo|C 40
Hyades|open cluster|66.7500|15.8667|Tau|C 41|Melotte 25
NGC 7006|globular cluster|315.3719|16.1875|Del|C 42
NGC 7814|galaxy|0.8120|16.1454|Peg|C 43|Little Sombrero Galaxy
NGC 7479|galaxy|346.2360|12.3229|Peg|C 44
NGC 5248|galaxy|204.3834|8.8852|Boo|C 45
NGC 2261|nebula|99.7896|8.7443|Mon|C 46|Hubble's Variable Nebula
NGC 6934|globular cluster|308.5479|7.4041|Del|C 47
NGC 2775|galaxy|137.5838|7.0379|Cnc|C 48
NGC 2237|nebula|97.9815|4.9429|Mon|C 49|Rosette Nebula|NGC 2238
NGC 2244|open cluster|97.9815|4.9429|Mon|C 50|Satellite Cluster
IC 1613|galaxy|16.1991|2.1178|Cet|C 51
NGC 4697|galaxy|192.1495|-5.8007|Vir|C 52
NGC 3115|galaxy|151.3082|-7.7186|Sex|C 53|Southern Spindle Galaxy
NGC 2506|open cluster|120.0074|-10.7696|Mon|C 54
NGC 7009|planetary nebula|316.0450|-11.3632|Aqr|C 55|Saturn Nebula
NGC 246|planetary nebula|11.7640|-11.8719|Cet|C 56|Skull Nebula
NGC 6822|galaxy|296.2406|-14.8034|Sgr|C 57|Barnard's Galaxy
NGC 2360|open cluster|109.4297|-15.6413|CMa|C 58|Caroline's Cluster
NGC 3242|planetary nebula|156.1920|-18.6422|Hya|C 59|Ghost of Jupiter
NGC 4038|galaxy|180.4709|-18.8676|Crv|C 60|Antennae Galaxies
NGC 4039|galaxy|180.4730|-18.8862|Crv|C 61|Antennae Galaxies
NGC 247|galaxy|11.7856|-20.7604|Cet|C 62|Needle's Eye Galaxy
NGC 7293|planetary nebula|337.4107|-20.8373|Aqr|C 63|Helix Nebula
NGC 2362|open cluster|109.6728|-24.9542|CMa|C 64|Tau Canis Majoris Cluster
NGC 253|galaxy|11.8880|-25.2882|Scl|C 65|Sculptor Galaxy|Silver Coin Galaxy
NGC 5694|globular cluster|219.9021|-26.5383|Hya|C 66
NGC 1097|galaxy|41.5794|-30.2749|For|C 67
NGC 6729|nebula|285.4808|-36.9576|CrA|C 68
NGC 6302|planetary nebula|258.4360|-37.1031|Sco|C 69|Bug Nebula|Butterfly Nebula
NGC 300|galaxy|13.7228|-37.6844|Scl|C 70
NGC 2477|open cluster|118.0407|-38.5333|Pup|C 71
NGC 55|galaxy|3.7233|-39.1966|Scl|C 72
NGC 1851|globular cluster|78.5280|-40.0466|Col|C 73
NGC 3132|planetary nebula|151.7572|-40.4366|Vel|C 74|Southern Ring Nebula|Eight-Burst Nebula
NGC 6124|open cluster|246.3336|-40.6537|Sco|C 75
NGC 6231|open cluster|253.5455|-41.8243|Sco|C 76|Northern Jewel Box
NGC 5128|galaxy|201.3651|-43.0191|Cen|C 77|Centaurus A|Cen A
NGC 6541|globular cluster|272.0097|-43.7159|CrA|C 78
NGC 3201|globular cluster|154.4032|-46.4112|Vel|C 79
NGC 5139|globular cluster|201.6912|-47.4769|Cen|C 80|Omega Centauri|ω Cen
NGC 6352|globular cluster|261.3715|-48.4227|Ara|C 81
NGC 6193|open cluster|250.3343|-48.7625|Ara|C 82
NGC 4945|galaxy|196.3645|-49.4682|Cen|C 83
NGC 5286|globular cluster|206.6107|-51.3735|Cen|C 84
IC 2391|open cluster|130.1328|-53.0355|Vel|C 85|Omicron Velorum Cluster
NGC 6397|globular cluster|265.1723|-53.6737|Ara|C 86
NGC 1261|globular cluster|48.0639|-55.2168|Hor|C 87
NGC 5823|open cluster|226.3776|-55.6037|Cir|C 88
NGC 6087|open cluster|244.7107|-57.9346|Nor|C 89|S Normae Cluster
NGC 2867|planetary nebula|140.3540|-58.3117|Car|C 90
NGC 3532|open cluster|166.4493|-58.7705|Car|C 91|Wishing Well Cluster
NGC 3372|nebula|161.2855|-59.8667|Car|C 92|Carina Nebula|Eta Carinae Nebula|η Car
NGC 6752|globular cluster|287.7158|-59.9819|Pav|C 93
NGC 4755|open cluster|193.4045|-60.3563|Cru|C 94|Jewel Box|Kappa Crucis Cluster
NGC 6025|open cluster|240.8241|-60.4314|TrA|C 95
NGC 2516|open cluster|119.5294|-60.7535|Car|C 96|Southern Beehive Cluster
NGC 3766|open cluster|174.0600|-61.6052|Cen|C 97|Pearl Cluster
NGC 4609|open cluster|190.5701|-62.9958|Cru|C 98
Coalsack Nebula|dark nebula|192.5000|-62.5000|Cru|C 99
IC 2944|nebula|173.9455|-63.0198|Cen|C 100|Lambda Centauri Nebula|Running Chicken Nebula
NGC 6744|galaxy|287.4421|-63.8575|Pav|C 101
IC 2602|open cluster|160.7395|-64.3942|Car|C 102|Southern Pleiades|Theta Carinae Cluster
NGC 2070|nebula|84.6765|-69.1009|Dor|C 103|Tarantula Nebula|30 Doradus|30 Dor
NGC 362|globular cluster|15.8093|-70.8482|Tuc|C 104
NGC 4833|globular cluster|194.8956|-70.8746|Mus|C 105
NGC 104|globular cluster|6.0223|-72.0814|Tuc|C 106|47 Tucanae|47 Tuc
NGC 6101|globular cluster|246.4524|-72.2016|Aps|C 107
NGC 4372|globular cluster|186.4391|-72.6591|Mus|C 108
NGC 3195|planetary nebula|152.3374|-80.8586|Cha|C 109
NGC 869|open cluster|34.7440|57.1172|Per|h Persei|h Per
NGC 884|open cluster|35.6337|57.1441|Per|Chi Persei|Chi Per
`
